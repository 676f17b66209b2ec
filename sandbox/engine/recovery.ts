import { delimiter } from "node:path";
import type { Sandbox } from "../place/sandbox.ts";
import type { Toolchain } from "../../toolchain/resolve.ts";
import { type Deployment, unfinished } from "../../operations/recover/pending.ts";
import { projectRoot } from "../place/directory.ts";
import { readJson } from "../../lib/process/files.ts";
import { callersEnvironment, pathFolders, stackEnvironment, stackName } from "./operations.ts";
import { parseUrn } from "../../lib/pulumi/urn.ts";

/**
 * Settles the creates that a killed operation left under way, and those whose answer was lost.
 * @returns the URNs of what was found and is to be read before anything else
 */
export async function recoverInterrupted(
  sandbox: Sandbox,
  toolchain: Toolchain,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const checkpoint = sandbox.directory.checkpoint(stackName);
  if (!isUnfinished(checkpoint)) return [];
  // Loaded only now: it brings the Kubernetes client, which takes longer to load than all else together.
  const { recover } = await import("../../operations/recover/recover.ts");
  say("An operation ended before its work was done: looking for what it left under way…");
  const settled = await recover({
    command: toolchain.engine.command,
    folder: projectRoot,
    stack: stackName,
    environment: {
      ...callersEnvironment(),
      ...stackEnvironment(sandbox.directory),
      PULUMI_HOME: sandbox.directory.pulumiHome,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PATH: [...pathFolders(toolchain), process.env["PATH"] ?? ""].join(delimiter),
    },
  });
  for (const { resource, id } of settled) {
    const name = parseUrn(resource.urn).name;
    say(`  ${name}: ${id === undefined ? "will be made" : `found as ${id}`}`);
  }
  return settled.flatMap(({ resource, id }) => (id === undefined ? [] : [resource.urn]));
}

/** The file backend's own copy of the state, read to spare a process at every start. */
function isUnfinished(checkpoint: string): boolean {
  const state = readJson<{ checkpoint?: { latest?: Deployment["deployment"] } }>(checkpoint);
  return unfinished({ version: 3, deployment: state?.checkpoint?.latest ?? {} }).length > 0;
}
