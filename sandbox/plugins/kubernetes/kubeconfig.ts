import { type Context, dataOrFile, readContext } from "../../../lib/kubernetes/kubeconfig.ts";
import { textOf, type Properties } from "../protocol/values.ts";

/**
 * The cluster that the provider's settings `kubeconfig` (text or path), `context` and `cluster` name; without
 * them the one kubectl uses.
 *
 * @throws one line that names the setting and the file
 */
export function contextOf(settings: Properties): Context {
  const cluster = textOf(settings["cluster"]);
  const named = { kubeconfig: textOf(settings["kubeconfig"]), context: textOf(settings["context"]) };
  return readContext(named, cluster === "" ? undefined : cluster);
}

/** Whether both lead to the same cluster: the same address, and the same authority behind it. */
export function sameCluster(one: Context, other: Context): boolean {
  const [authority, otherAuthority] = [one, other].map(
    ({ cluster }) => dataOrFile(cluster, "certificate-authority")?.toString("base64") ?? "",
  );
  return one.server === other.server && authority === otherAuthority;
}
