import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The note for a person who looks for the logs. */
const note = `Where the Pulumi CLI would keep a log of each run. This file takes the folder's place, and so there are none in the
sandbox: they hold every property of every resource, and writing them took more than a third of an up that changes
nothing. For the log of one run: pulumi up -v 9 --logtostderr
`;

/**
 * Leaves out the logs that the Pulumi CLI writes of its own accord into its home, for which it has no setting: where
 * it cannot make their folder it goes on without them.
 *
 * @param home - the sandbox's PULUMI_HOME
 */
export function leaveOutEngineLogs(home: string): void {
  const logs = join(home, "logs");
  if (statSync(logs, { throwIfNoEntry: false })?.isFile() === true) return;
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(logs, note);
}
