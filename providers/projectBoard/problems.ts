import type { BoardInputs, OptionSpec } from "./model.ts";

interface CheckFailure {
  property: string;
  reason: string;
}

/** GitHub's own limit. */
const mostOptions = 50;

/** What is wrong with the inputs, as far as they alone can tell. */
export function problemsOf(inputs: BoardInputs): CheckFailure[] {
  const problems: CheckFailure[] = [];
  const add = (property: string, reason: string) => problems.push({ property, reason });
  if (!/^[^/\s]+\/[^/\s]+$/.test(inputs.repository)) {
    add("repository", `expected owner/name, got ${JSON.stringify(inputs.repository)}`);
  }
  if (inputs.title.trim() === "") add("title", "expected a title, got an empty text");
  const lists = [
    ["statusOptions", inputs.statusOptions] as const,
    ...inputs.fields.flatMap(({ name, options }) => (options ? [[`fields.${name}`, options] as const] : [])),
  ];
  for (const [property, options] of lists) {
    const reason = problemOfOptions(options);
    if (reason) add(property, reason);
  }
  const fields = ["Status", ...inputs.fields.map(({ name }) => name)];
  const twice = fields.find((name, i) => fields.indexOf(name) !== i);
  if (twice !== undefined) add("fields", `expected each name once, got ${JSON.stringify(twice)} twice`);
  const names = new Set(inputs.statusOptions.map(({ name }) => name));
  for (const [property, map] of [
    ["statusMoves", inputs.statusMoves],
    ["statusRenames", inputs.statusRenames],
  ] as const) {
    for (const [from, to] of Object.entries(map)) {
      if (!names.has(to)) {
        add(property, `"${from}" leads to "${to}", which is not among the options of Status`);
      }
    }
  }
  return problems;
}

function problemOfOptions(options: readonly OptionSpec[]): string | undefined {
  // GitHub takes an empty list for "no change", so it could never come true.
  if (options.length === 0) return "expected at least one option, got none";
  if (options.length > mostOptions) return `expected at most ${mostOptions} options, got ${options.length}`;
  const names = options.map(({ name }) => name);
  const twice = names.find((name, i) => name.trim() === "" || names.indexOf(name) !== i);
  return twice === undefined ? undefined : `expected each name once, got ${JSON.stringify(twice)} again`;
}
