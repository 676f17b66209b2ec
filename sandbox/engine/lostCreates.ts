import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { OperationReport } from "./operations.ts";
import type { ResourceStep } from "./steps.ts";
import type { Session } from "../place/session.ts";
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
  session: Session,
  reports: readonly OperationReport[],
  begin: Date,
  say: (line: string) => void,
): Promise<void> {
  if (session.credentials.existing.kubeconfig !== undefined) return;
  const known = knownUrns(session.directory);
  const lost = reports.filter(
    (report): report is ResourceStep & Required<Pick<ResourceStep, "object">> =>
      report.kind === "resource" && report.object !== undefined && !known.has(report.urn),
  );
  if (lost.length === 0) return;
  // Loaded only now, since it takes longer to load than all else together.
  const { ApiException, KubeConfig, KubernetesObjectApi } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(session.directory.kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  const read = async ({ object }: (typeof lost)[number]): Promise<KubernetesObject | undefined> =>
    api.read(object).catch((error: unknown) => {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    });
  for (const one of lost) {
    const found = await read(one);
    if (found === undefined || !isOurs(found, begin)) continue;
    const { uid } = found.metadata ?? {};
    await api.delete(found, undefined, undefined, undefined, undefined, "Background", {
      preconditions: { ...(uid === undefined ? {} : { uid }) },
    });
    const end = Date.now() + patience;
    while (Date.now() < end && (await read(one))?.metadata?.uid === uid) await sleep(200);
    const { kind, metadata } = one.object;
    say(`Removed ${kind} ${metadata.name}, whose create lost its answer: the next run makes it.`);
  }
}

/** The cluster's times are whole seconds. */
function isOurs({ metadata }: KubernetesObject, begin: Date): boolean {
  const since = Math.floor(begin.getTime() / 1000) * 1000;
  const made = metadata?.creationTimestamp?.getTime() ?? 0;
  return made >= since && metadata?.labels?.["app.kubernetes.io/managed-by"] === "pulumi";
}
