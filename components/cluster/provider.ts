import { delimiter, dirname } from "node:path";
import { Provider, type ProviderArgs } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterAccess, kubeconfigOf, readContext } from "../../lib/kubernetes/kubeconfig.ts";

/**
 * Declares the provider of the cluster's objects, so that the plugin finds the same cluster as the program.
 *
 * The SDK hands the plugin the text of KUBECONFIG, which the plugin takes for one path or for content: of a list it
 * understands nothing, and it looks for relative paths in the working folder. Only where that is so something else is
 * handed over, so that the inputs of existing stacks stay as they are.
 *
 * @param args - as the plugin takes them, with `kubeconfig` and `context` as they are set
 * @param access - the same two in plain
 */
export function clusterProvider(name: string, args: ProviderArgs, access: ClusterAccess): Provider {
  const way = handOver(access);
  if (way === "as set") return new Provider(name, args);
  if (way !== "by environment")
    return new Provider(name, { ...args, kubeconfig: pulumi.secret(way.content) });
  const { KUBECONFIG } = process.env;
  delete process.env["KUBECONFIG"];
  try {
    return new Provider(name, args);
  } finally {
    process.env["KUBECONFIG"] = KUBECONFIG;
  }
}

/** The way in which the plugin gets the cluster's address; content may hold secrets. */
type HandOver = "as set" | "by environment" | { readonly content: string };

function handOver(access: ClusterAccess): HandOver {
  const ambient = access.kubeconfig === "";
  const list = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const context = found(access);
  // A folder other than the plugin's own, in which relative paths mean something else.
  const elsewhere =
    context?.relative === true && context.files.some((file) => dirname(file) !== process.cwd());
  if (!elsewhere && !(ambient && list.length > 1)) return "as set";
  // The plugin reads KUBECONFIG of its own accord as kubectl does; no shell has seen a `~` in it then.
  if (ambient && list.length > 0 && !list.some((path) => path.startsWith("~"))) return "by environment";
  return context === undefined ? "as set" : { content: kubeconfigOf(context) };
}

/** Preflight reports a kubeconfig that cannot be read, where it is to look. */
function found(access: ClusterAccess) {
  try {
    return readContext(access);
  } catch {
    return undefined;
  }
}
