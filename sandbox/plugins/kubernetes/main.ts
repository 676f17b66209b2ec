import type { Plugin, ResourceType } from "../protocol/plugin.ts";
import { flag } from "../protocol/plugin.ts";
import { refusal, serve } from "../protocol/server.ts";
import { allow } from "../protocol/targets.ts";
import { containsUnknown, equal, objectAt, textOf, type Properties } from "../protocol/values.ts";
import { versionOf } from "../protocol/version.ts";
import { Client } from "./client.ts";
import { Kinds } from "./kinds.ts";
import { contextOf, sameCluster } from "./kubeconfig.ts";
import { objectType, type Target } from "./objectType.ts";

/** Kinds of the official plugin that are no plain objects of the API server. */
const SPECIAL =
  /^kubernetes:(yaml|helm\.sh|kustomize)[/:]|^kubernetes:([a-z]+|[a-z.]+\.k8s\.io)\/\w+:\w+(Patch|List)$/;

let target: Target | undefined;

/**
 * Stands in for Pulumi's kubernetes plugin: any kind, by server-side apply, with the official plugin's inputs,
 * outputs and ids.
 */
const plugin: Plugin = {
  name: "kubernetes",
  version: versionOf("kubernetes"),

  configure(settings) {
    // In a preview the cluster may be one that this very program makes.
    if (containsUnknown(settings)) return;
    const cluster = contextOf(settings);
    allow("kubernetes", cluster.server);
    const client = new Client(cluster);
    const namespace = settings["namespace"] ?? cluster.namespace ?? "default";
    target = {
      client,
      kinds: new Kinds(client),
      namespace: textOf(namespace),
      upsert: flag(settings["upsertExistingObjects"]),
      force: flag(settings["enablePatchForce"]),
      mutability: {
        configMaps: flag(settings["enableConfigMapMutable"]),
        secrets: flag(settings["enableSecretMutable"]),
      },
    };
  },

  replacedBy(olds, news) {
    const identifier = news["clusterIdentifier"];
    if (identifier !== undefined)
      return equal(olds["clusterIdentifier"], identifier) ? [] : ["clusterIdentifier"];
    if (unmoved(olds, news)) return [];
    return ["kubeconfig", "context", "cluster"].filter((setting) => !equal(olds[setting], news[setting]));
  },

  resourceType(token) {
    if (SPECIAL.test(token)) throw new Error(refusal(plugin, token));
    const [, groupVersion = "", kind = ""] = token.split(":");
    if (!target) return unconfigured;
    return objectType(target, token, groupVersion.replace(/^core\//, ""), kind);
  },
};

/** Whether both lead to one cluster, as far as it is known: an old kubeconfig may be gone. */
function unmoved(olds: Properties, news: Properties): boolean {
  try {
    return sameCluster(contextOf(olds), contextOf(news));
  } catch {
    return true;
  }
}

/** In a preview in which the cluster is not known yet, every object is as its inputs say. */
const unconfigured: ResourceType = {
  check: ({ news }) => ({ inputs: news }),
  diff: () => ({ differences: [], replaces: () => false }),
  create: ({ inputs }) => Promise.resolve({ id: "", outputs: inputs }),
  read: ({ id, olds, oldInputs }) => Promise.resolve({ id, outputs: objectAt(olds), inputs: oldInputs }),
  update: ({ news }) => Promise.resolve(news),
  delete: () => Promise.reject(new Error("kubernetes: expected a kubeconfig; it is not known yet.")),
};

await serve(plugin);
