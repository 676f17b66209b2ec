import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../lib/kubernetes/cluster.ts";
import { describeUnready, unreadyObjects } from "../lib/kubernetes/unready.ts";

/** Seconds between two looks while a Deployment gets ready. */
const between = 10;

interface Hooks {
  readonly before: pulumi.ResourceHook;
  readonly after: pulumi.ResourceHook;
  readonly error: pulumi.ErrorHook;
}

/**
 * Says why a Deployment of the program's does not get ready: whenever the reasons change, and at the end. The plugin
 * waits ten minutes, and then says only that its time is over.
 *
 * @param cluster - is asked for, once, only while the plugin waits
 * @param say - tells a person
 */
export function sayWhyUnready(
  cluster: () => Promise<Cluster>,
  say: (line: string) => void = (line) => void pulumi.log.info(line),
): pulumi.ResourceTransformation {
  let hooks: Hooks | undefined;
  return ({ type, props, opts }) => {
    if (type !== "kubernetes:apps/v1:Deployment") return undefined;
    hooks ??= hooksFor(cluster, say);
    const { before, after, error } = hooks;
    const bound = {
      beforeCreate: [before],
      beforeUpdate: [before],
      afterCreate: [after],
      afterUpdate: [after],
      onError: [error],
    };
    return { props, opts: pulumi.mergeOptions(opts, { hooks: bound }) };
  };
}

function hooksFor(connect: () => Promise<Cluster>, say: (line: string) => void): Hooks {
  let connected: Promise<Cluster> | undefined;
  const cluster = () => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  const watches = new Map<string, NodeJS.Timeout>();
  const stop = (urn: string) => {
    clearInterval(watches.get(urn));
    watches.delete(urn);
  };
  /** @returns undefined where it is ready, or nobody can tell */
  const reasons = async (inputs: Readonly<Record<string, unknown>> | undefined) => {
    const { name, namespace } = (inputs?.["metadata"] ?? {}) as { name?: string; namespace?: string };
    if (name === undefined || namespace === undefined) return undefined;
    const reference = { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
    try {
      const [unready] = await unreadyObjects(await cluster(), [reference]);
      return unready === undefined || unready.reasons.length === 0 ? undefined : describeUnready(unready);
    } catch {
      // It only helps: whether the Deployment gets ready the plugin alone decides.
      return undefined;
    }
  };
  return {
    before: new pulumi.ResourceHook("Deployment begins", ({ urn, newInputs }) => {
      let said: string | undefined;
      const look = async () => {
        const found = await reasons(newInputs);
        if (found === undefined || found === said || !watches.has(urn)) return;
        said = found;
        say(`${found}: not ready yet`);
      };
      stop(urn);
      watches.set(urn, setInterval(() => void look(), between * 1000).unref());
    }),
    after: new pulumi.ResourceHook("Deployment ready", ({ urn }) => stop(urn)),
    error: new pulumi.ErrorHook("Deployment unready", async ({ urn, newInputs, errors }) => {
      stop(urn);
      const found = await reasons(newInputs);
      if (found === undefined) return false;
      // The thrown error takes the place of the plugin's words.
      throw new Error(
        `${found}: expected it to get ready, got none of that: ${errors.at(-1) ?? "no more words"}`,
      );
    }),
  };
}
