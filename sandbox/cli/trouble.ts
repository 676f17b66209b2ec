import type { OperationReport } from "../engine/operations.ts";

const fullDisk = new Set(["ENOSPC", "EDQUOT"]);
const refusedFile = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR"]);

/** An error as one line for a person; where the system refuses a file, with what can be done about it. */
export function inOneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (fullDisk.has(code)) {
    return `${error.message}: the disk is full. Free some space and run the same command again; nothing is lost.`;
  }
  if (refusedFile.has(code)) {
    return (
      `${error.message}: the sandbox wants a folder of its own that this user can write. ` +
      "Name another one by --directory, or let the user who made this one run the command."
    );
  }
  return error.message;
}

/**
 * The remedy after an operation that failed for a reason the engine gives no remedy for; undefined for all others.
 */
export function remedyFor(reports: readonly OperationReport[], settings: string): string | undefined {
  const said = (words: string) =>
    reports.some((report) => report.kind === "diagnostic" && report.message.includes(words));
  if (said("exited prematurely")) {
    return "A plugin ended in the middle of its work. Nothing is lost: run the same command again.";
  }
  // The Kubernetes plugin's word where it finds an object that the stack does not know.
  if (!said("upsertExistingObjects")) return undefined;
  return (
    "An object exists already: a killed operation left it, or somebody else made it. To take it over: " +
    `put mesh-six:adopt: "true" below config: in ${settings}, run the same command again, and take that line out.`
  );
}
