import { renamedGroups } from "../../../lib/argocd/ownPatch.ts";
import { type Cluster, describe, referenceOf } from "../../../lib/kubernetes/cluster.ts";
import type { AnyObject } from "../objectDeclaration.ts";
import { addressOf, type Refusal } from "../document.ts";
import { isNamed } from "../names.ts";

/**
 * Refuses to make an object beside its twin: Traefik's two groups hold the same kind, and the patches take the object out
 * of the source in either group. So ArgoCD would delete the twin, with its guards, when the declared one is made.
 */
export async function twinOf(
  cluster: Pick<Cluster, "get">,
  object: AnyObject,
  lose: readonly string[],
): Promise<Refusal[]> {
  const reference = referenceOf(object);
  const [group = "", version] = object.apiVersion.split("/");
  if (!renamedGroups.includes(group) || isNamed(lose, addressOf(reference), "")) return [];
  const others = renamedGroups.filter((other) => other !== group);
  const found = await Promise.all(
    others.map((other) => cluster.get({ ...reference, apiVersion: `${other}/${version}` })),
  );
  return others.flatMap((other, index): Refusal[] => {
    if (found[index] === undefined) return [];
    return [
      {
        path: "",
        expected: `none of the group ${other} beside it`,
        got: `${describe(reference)} of that group, which ArgoCD deletes when this one is made, with what it guards`,
        remedy: `to take it over: make the same of the group ${group}; to let it go: pulumi config set --path 'mesh-six:adoptLose[${lose.length}]' ${addressOf(reference)}`,
      },
    ];
  });
}
