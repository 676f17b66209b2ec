import type { Application } from "../../lib/argocd/application.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { bareServer } from "./addresses.ts";
import { type Seen, setting, titleOf, type Wanted } from "./seen.ts";

/** Compares the destination: moving it would prune the old place with all that people have there. */
export function place(
  found: Application,
  { elsewhere }: Pick<Seen, "elsewhere">,
  { namespace, server }: Wanted,
): Problem[] {
  const subject = `Application ${titleOf(found)}`;
  const { destination, source: from } = found.spec;
  const problems: Problem[] = [];
  const places = [destination?.namespace, from?.kustomize?.namespace];
  const other = places.find((one) => one !== undefined && one !== "" && one !== namespace);
  if (other !== undefined) {
    problems.push({
      said: `${subject}: expected to deploy to namespace ${namespace} (mesh-six:namespace), got ${other}, which would be pruned with everything in it`,
      remedy: `to take over what is there: ${setting("namespace", other)}; to deploy beside it: ${setting("argocdApplication", "NAME")}`,
    });
  }
  if (elsewhere) {
    const where = destination?.name ?? destination?.server ?? "another cluster";
    problems.push({
      said: `${subject}: expected to deploy to this cluster, got ${where}, where the objects are that it tracks: taken out of its source, they would be pruned there`,
      remedy: `name another: ${setting("argocdApplication", "NAME")}; without ArgoCD: ${setting("argocdEnabled", "false")}`,
    });
  } else if (destination?.server !== undefined && bareServer(destination.server) !== bareServer(server)) {
    problems.push({
      said: `${subject}: expected to deploy to ${server} (mesh-six:argocdServer), got ${destination.server}`,
      remedy: setting("argocdServer", destination.server),
    });
  }
  return problems;
}
