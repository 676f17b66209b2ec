import { stringify } from "yaml";
import { leftAlone, syncOptions } from "../../lib/argocd/leaveAlone.ts";
import { deletion, signed } from "../../lib/argocd/ownPatch.ts";
import type { Wanted } from "./seen.ts";

/**
 * Instructions for a person where the Application's parent is to hold the patches: first make ArgoCD keep the
 * objects, for it prunes those that leave the source, then paste the patches.
 */
export function instructionsForParent({ stack, namespace, declared }: Wanted): string[] {
  const objects = declared.map(({ apiVersion, kind, name }) => {
    const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
    return `${kind.toLowerCase()}${group === "" ? "" : `.${group}`}/${name}`;
  });
  const option = `${syncOptions}=${leftAlone()[syncOptions] ?? ""}`;
  const patches = declared.map((object) => signed(deletion(object), stack));
  const yaml = stringify({ source: { kustomize: { patches } } }).trimEnd();
  return [
    "First, so that ArgoCD keeps what leaves its source (objects that are not there yet are no error):",
    `  for object in ${objects.join(" ")}; do kubectl -n ${namespace} annotate --overwrite $object ${option}; done`,
    `  kubectl annotate --overwrite namespace ${namespace} ${option}`,
    "Then add this to the Application's spec where its parent declares it, behind the patches that are there:",
    ...yaml.split("\n").map((line) => `  ${line}`),
  ];
}
