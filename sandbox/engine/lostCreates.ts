import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterObject, connect } from "../../lib/kubernetes/cluster.ts";
import type { OperationReport } from "./operations.ts";
import type { ResourceStep } from "./progressReader.ts";
import type { Sandbox } from "../place/sandbox.ts";
import { knownUrns } from "./checkpoint.ts";

/** Milliseconds for which the end of a removed object is waited for. */
const patience = 30_000;

/**
 * Removes from the sandbox's own cluster what creates have made whose answers were lost with a plugin that was killed.
 * The engine keeps nothing of such a create, so every later run would find an object in its way that the stack does not
 * know. Removed is only what came to be during the operation, carries the program's label and is not in the state.
 *
 * @param begin - when the operation began
 */
export async function removeLostCreates(
  sandbox: Sandbox,
  reports: readonly OperationReport[],
  begin: Date,
  say: (line: string) => void,
): Promise<void> {
  if (sandbox.credentials.existing.kubeconfig !== undefined) return;
  const known = knownUrns(sandbox.directory);
  const lost = reports.filter(
    (report): report is ResourceStep & Required<Pick<ResourceStep, "object">> =>
      report.kind === "resource" && report.object !== undefined && !known.has(report.urn),
  );
  if (lost.length === 0) return;
  const cluster = await connect({ kubeconfig: sandbox.directory.kubeconfig, context: "" });
  for (const { object } of lost) {
    const { apiVersion, kind, metadata } = object;
    const reference = { apiVersion, kind, namespace: metadata.namespace ?? "", name: metadata.name };
    const found = await cluster.get(reference);
    if (found === undefined || !isOurs(found, begin)) continue;
    const { uid } = found.metadata;
    await cluster.remove(reference, uid === undefined ? {} : { uid });
    const end = Date.now() + patience;
    while (Date.now() < end && (await cluster.get(reference))?.metadata.uid === uid) await sleep(200);
    say(`Removed ${kind} ${metadata.name}, whose create lost its answer: the next run makes it.`);
  }
}

/** The cluster's times are whole seconds. */
function isOurs({ metadata }: ClusterObject, begin: Date): boolean {
  const since = Math.floor(begin.getTime() / 1000) * 1000;
  const made = Date.parse(metadata.creationTimestamp ?? "");
  return made >= since && metadata.labels?.["app.kubernetes.io/managed-by"] === "pulumi";
}
