import type { ChildProcess } from "node:child_process";

/** The exit code of a child process; 128 when a signal ended it. @throws where it could not be started */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 128));
  });
}
