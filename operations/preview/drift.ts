import { table } from "../../lib/cli/table.ts";
import { additionLine, additionsTitle } from "./additions.ts";
import type { Change, Digest, PropertyChange } from "./digest.ts";
import { difference } from "./terminalText.ts";

/** The word for the drift that each repair mends. */
const words: Readonly<Record<Change["operation"], string>> = {
  create: "gone",
  adopt: "not in the stack",
  update: "changed",
  replace: "changed",
  delete: "not declared",
  keep: "not declared",
  import: "not in the stack",
  lost: "gone",
  roll: "changed",
  migrate: "changed",
  other: "changed",
};

function drifted(property: PropertyChange): string {
  if (property.from !== undefined || property.to !== undefined) return difference(property);
  const state = { add: "missing", update: "differs", delete: "not declared" };
  return `${property.path}: ${state[property.kind]}`;
}

/**
 * The drift, a line each, for a terminal: the value that is there first, then the one that the program declares.
 *
 * @param saved - whether the state knows of it, so that an update without a refresh puts it right
 */
export function driftTable(digest: Digest, saved: boolean): string {
  const { stack, succeeded, changes, sql, remarks } = digest;
  const rows = changes.map(({ operation, type, name, properties, notes }) => [
    words[operation],
    `${type.split(":").pop() ?? type} ${name}`,
    (properties.length > 0 ? properties.map(drifted) : notes).join("; "),
  ]);
  rows.push(...sql.map(({ file, how }) => ["not applied", file, how]));
  const errors = remarks
    .filter(({ severity }) => severity === "error")
    .map(({ resource, message }) => `error: ${resource === "" ? "" : `${resource}: `}${message}`);
  const added = digest.additions.map((addition) => `  ${additionLine(addition)}`);
  const further = added.length === 0 ? [] : ["", `${additionsTitle}:`, ...added];
  if (rows.length === 0 && succeeded)
    return [`Stack ${stack} is as the program declares it.`, ...further].join("\n");
  const count = rows.length === 1 ? "1 thing differs" : `${String(rows.length)} things differ`;
  const title =
    rows.length === 0 ? [] : [`Stack ${stack}: ${count} from what the program declares (there → declared).`];
  const [up, inSandbox] = saved
    ? ["pulumi up", "npm run sandbox"]
    : ["pulumi up --refresh", "npm run sandbox -- up --refresh"];
  const mended = changes.some(({ operation }) => operation !== "lost") || sql.length > 0;
  const remedy = mended ? ["", `To put it right: ${up} (in the sandbox: ${inSandbox}).`] : [];
  return [...title, ...table(rows), ...errors, ...remedy, ...further].join("\n");
}
