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
