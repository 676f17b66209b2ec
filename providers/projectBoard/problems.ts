import type { BoardInputs, OptionSpec } from "./model.ts";

interface CheckFailure {
  property: string;
  reason: string;
}

/** GitHub's own limit. */
export const mostOptions = 50;

/** Names of fields that GitHub has on every board. */
const reserved = new Set([
  "title",
  "assignees",
  "labels",
  "linked pull requests",
  "milestone",
  "parent issue",
  "repository",
  "reviewers",
  "sub-issues progress",
  "type",
]);

/** The problems of the inputs, as far as they alone can tell. */
export function problemsOf(inputs: BoardInputs): CheckFailure[] {
  const problems: CheckFailure[] = [];
  const add = (property: string, reason: string) => problems.push({ property, reason });
  if (!/^[^/\s]+\/[^/\s]+$/.test(inputs.repository)) {
    add("repository", `expected owner/name, got ${JSON.stringify(inputs.repository)}`);
  }
  if (inputs.title.trim() === "") add("title", "expected a title, got an empty text");
  else if (inputs.title.trim() !== inputs.title) {
    add("title", `expected a title without spaces around it, got ${JSON.stringify(inputs.title)}`);
  }
  const lists = [
    ["statusOptions", inputs.statusOptions] as const,
    ...inputs.fields.flatMap(({ name, options }) => (options ? [[`fields.${name}`, options] as const] : [])),
  ];
  for (const [property, options] of lists) {
    const reason = problemOfOptions(options);
    if (reason) add(property, reason);
  }
  problemsOfFields(inputs.fields.map(({ name }) => name)).forEach((reason) => add("fields", reason));
  const names = new Set(inputs.statusOptions.map(({ name }) => name));
  for (const [property, map] of [
    ["statusMoves", inputs.statusMoves],
    ["statusRenames", inputs.statusRenames],
  ] as const) {
    for (const [from, to] of Object.entries(map)) {
      if (!names.has(to)) {
        const now = new Map(Object.entries(inputs.statusRenames)).get(to);
        const renamed = now !== undefined && names.has(now) ? `; "${to}" becomes "${now}": write that` : "";
        add(property, `"${from}" leads to "${to}", which is not among the options of Status${renamed}`);
      } else if (property === "statusRenames" && names.has(from)) {
        add(
          property,
          `"${from}" leads to "${to}", but is still among the options of Status; take the entry away, or, to pass names round, rename in one run after the other`,
        );
      }
    }
  }
  return problems;
}

/** GitHub compares the names of fields without their case, and keeps some for fields of its own. */
function problemsOfFields(names: readonly string[]): string[] {
  const all = ["status", ...names.map((name) => name.toLowerCase())];
  const twice = names.find((_, i) => all.indexOf(all[i + 1] ?? "") !== i + 1);
  const own = names.find((name) => reserved.has(name.toLowerCase()));
  const odd = names.find((name) => name.trim() !== name || name === "");
  return [
    ...(twice === undefined
      ? []
      : [`expected each name once, whatever its case, got ${JSON.stringify(twice)} again`]),
    ...(own === undefined
      ? []
      : [
          `expected names that GitHub does not keep for fields of its own, got ${JSON.stringify(own)}; name the field otherwise`,
        ]),
    ...(odd === undefined ? [] : [`expected names without spaces around them, got ${JSON.stringify(odd)}`]),
  ];
}

function problemOfOptions(options: readonly OptionSpec[]): string | undefined {
  // GitHub takes an empty list for "no change", so it could never come true.
  if (options.length === 0) return "expected at least one option, got none";
  if (options.length > mostOptions) return `expected at most ${mostOptions} options, got ${options.length}`;
  const odd = options.find(({ name }) => name === "" || name.trim() !== name);
  if (odd) return `expected names without spaces around them, got ${JSON.stringify(odd.name)}`;
  const names = options.map(({ name }) => name.toLowerCase());
  const twice = options.find((_, i) => names.indexOf(names[i] ?? "") !== i);
  return twice && `expected each name once, whatever its case, got ${JSON.stringify(twice.name)} again`;
}
