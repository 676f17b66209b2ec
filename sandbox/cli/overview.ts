import { table } from "../../lib/cli/table.ts";
import type { Sandbox } from "../place/sandbox.ts";
import { countByKind, plainOutputs } from "../engine/checkpoint.ts";
import { howToLook } from "./status.ts";

/**
 * The text at the end of `up` for a person: the parts that exist now, how to look at them, and a next step to try.
 */
export async function overview(sandbox: Sandbox): Promise<string[]> {
  const counts = [...countByKind(sandbox.directory)].map(([kind, count]) => `${kind} ${String(count)}`);
  const columns = 4;
  const rows: string[][] = [];
  for (let first = 0; first < counts.length; first += columns) {
    const row = counts.slice(first, first + columns).map((cell) => `  ${cell}`);
    rows.push([...row, ...Array<string>(columns - row.length).fill("")]);
  }
  const all = plainOutputs(sandbox.directory);
  const outputs = all.filter(([, value]) => value.length <= 100);
  return [
    "",
    "Converged",
    ...table(rows),
    ...(outputs.length > 0
      ? ["", "Outputs", ...table(outputs.map(([name, value]) => [`  ${name}`, value]))]
      : []),
    ...boards(all.find(([name]) => name === "repositories")?.[1] ?? "{}"),
    ...(await howToLook(sandbox, false)),
    "",
    "Try next",
    "  npm run sandbox                 again: no changes",
    "  npm run sandbox -- preview      what a change of the program would do",
    "  npm run sandbox -- refresh      what someone changed by hand",
    "  npm run sandbox -- smoke        the smoke tests, against a simulated mesh-six",
    "  npm run sandbox -- e2e          an issue's way from Todo to Done, followed by the end-to-end test",
    '  npm run sandbox -- status       services, and the lines for plain "pulumi"',
    "  npm run sandbox -- down         stop; everything is kept",
  ];
}

/** Addresses of the boards, and a person's steps for them, of as many as are read with one look. */
function boards(output: string): string[] {
  const repositories = Object.entries(
    JSON.parse(output) as Record<
      string,
      { readonly boardUrl: string; readonly checklist: readonly string[] }
    >,
  );
  const shown = repositories.slice(0, 5);
  if (shown.length === 0) return [];
  const more = repositories.length - shown.length;
  const toDo = shown.flatMap(([, { checklist }]) => checklist);
  return [
    "",
    "Boards",
    ...table(shown.map(([name, { boardUrl }]) => [`  ${name}`, boardUrl])),
    ...(more > 0 ? [`  and ${String(more)} more: pulumi stack output repositories`] : []),
    ...(toDo.length > 0 ? ["", "Left to do by hand", ...toDo.map((line) => `  ${line}`)] : []),
  ];
}
