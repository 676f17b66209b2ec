import { randomBytes } from "node:crypto";
import { differences } from "../protocol/differences.ts";
import type { Execution, ResourceType } from "../protocol/plugin.ts";
import { PartialFailure } from "../protocol/plugin.ts";
import { containsUnknown, objectAt, UNKNOWN, textOf, type Properties } from "../protocol/values.ts";
import { checkedInputs, hideSecret, isAutonamed, isSecretKind } from "./check.ts";
import { ApiError, type Client } from "./client.ts";
import { type Kind, type Kinds, UnknownKind } from "./kinds.ts";
import { explain } from "./messages.ts";
import { annotation, describe, idOf, pathOf, placeOf, pruneTo } from "./objects.ts";
import { type Mutability, replacesAt, samePlace } from "./replacement.ts";
import { existing, NotReady, patience, untilGone, untilReady } from "./waits.ts";
import { Writer } from "./writes.ts";

/** A cluster with the provider's settings for it. */
export interface Target {
  readonly client: Client;
  readonly kinds: Kinds;
  /** For objects that name none. */
  readonly namespace: string;
  /** Whether a create takes over an object that exists. */
  readonly upsert: boolean;
  /** Whether an apply takes over fields that others own. */
  readonly force: boolean;
  readonly mutability: Mutability;
}

/** Any kind of Kubernetes object as a resource, with the ids, inputs and outputs of the official plugin. */
export function objectType(target: Target, type: string, apiVersion: string, kindName: string): ResourceType {
  const { client, kinds } = target;
  const writer = new Writer(client, kinds, target.force);

  return {
    async check(request) {
      const news: Properties = { apiVersion, kind: kindName, ...request.news };
      const given = objectAt(news["metadata"])["namespace"];
      const namespaced = given === undefined && (await kinds.namespaced(apiVersion, kindName, neverAborted));
      return checkedInputs({ ...request, news }, namespaced === true ? target.namespace : undefined);
    },

    diff({ oldInputs, olds, news }) {
      const before = Object.keys(oldInputs).length > 0 ? oldInputs : objectAt(olds["__inputs"]);
      return {
        differences: differences(before, news),
        replaces: replacesAt(news, target.mutability),
        deleteBeforeReplace: !isAutonamed(news) && samePlace(before, news),
      };
    },

    async create({ inputs, timeout, ...run }) {
      const execution = { ...run, timeout };
      const manager = annotation(inputs, "pulumi.com/patchFieldManager") ?? newManager();
      if (run.preview && containsUnknown(inputs)) return { id: "", outputs: withSecrets(inputs) };
      let kind: Kind;
      let live: Properties;
      try {
        kind = await writer.kindOf(inputs, run);
        live = target.upsert
          ? await writer.apply(kind, inputs, manager, execution, run.preview)
          : await writer.create(kind, inputs, execution);
      } catch (error) {
        // Its namespace, its kind, or the deletion of what it replaces may still be to come.
        if (run.preview && isForLater(error)) return { id: "", outputs: withSecrets(inputs) };
        throw explain(error, inputs, type);
      }
      if (run.preview) return { id: "", outputs: outputs(foreseen(live), inputs, manager) };
      const ready = await settled(kind, inputs, live, manager, execution);
      return { id: idOf(ready), outputs: outputs(ready, inputs, manager) };
    },

    async read({ id, olds, oldInputs, signal }) {
      const live = await find(id, { apiVersion, kind: kindName, ...oldInputs }, signal);
      if (!live) return undefined;
      const { name, namespace } = objectAt(live["metadata"]);
      const identity = {
        apiVersion,
        kind: kindName,
        metadata: { name, ...(namespace !== undefined && { namespace }) },
      };
      const pruned = Object.keys(oldInputs).length > 0 ? pruneTo(oldInputs, live) : undefined;
      const inputs = objectAt(pruned ?? (identity as Properties));
      const manager = olds["__fieldManager"];
      const read = outputs(live, inputs, typeof manager === "string" ? manager : newManager());
      return { id: idOf(live), inputs: withSecrets(inputs), outputs: read };
    },

    async update({ id, olds, news, timeout, ...run }) {
      const execution = { ...run, timeout };
      const kept = olds["__fieldManager"];
      const manager =
        annotation(news, "pulumi.com/patchFieldManager") ?? (typeof kept === "string" ? kept : newManager());
      if (run.preview && containsUnknown(news)) return outputs({ ...olds, ...news }, news, manager);
      let kind: Kind;
      let live: Properties;
      try {
        kind = await writer.kindOf(news, run);
        const current = await existing(client, pathOf(kind, placeOf(id)), run.signal);
        if (!current) {
          throw new Error(
            `${describe(news)} is gone from the cluster: run pulumi refresh, then pulumi up makes it again.`,
          );
        }
        live = await writer.update(kind, news, current, manager, execution);
      } catch (error) {
        throw explain(error, news, type);
      }
      if (run.preview) return outputs(live, news, manager);
      return outputs(await settled(kind, news, live, manager, execution), news, manager);
    },

    async delete({ id, olds, timeout, signal }) {
      const live = await find(id, { apiVersion, kind: kindName }, signal);
      if (!live) return;
      const kind = await kinds.find(apiVersion, kindName, signal);
      const path = pathOf(kind, placeOf(id));
      const propagationPolicy = annotation(olds, "pulumi.com/deletionPropagationPolicy") ?? "Foreground";
      try {
        await client.request({ method: "DELETE", path, body: { propagationPolicy }, signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return;
        throw explain(error, live, type);
      }
      const uid = objectAt(live["metadata"])["uid"];
      await untilGone(client, path, uid, { seconds: patience(objectAt(olds["__inputs"]), timeout), signal });
    },
  };

  async function find(id: string, object: Properties, signal: AbortSignal): Promise<Properties | undefined> {
    try {
      const kind = await kinds.find(textOf(object["apiVersion"]), textOf(object["kind"]), signal);
      return await existing(client, pathOf(kind, placeOf(id)), signal);
    } catch (error) {
      // Where its kind is not served, no object of it is left.
      if (error instanceof UnknownKind) return undefined;
      throw error;
    }
  }

  async function settled(
    kind: Kind,
    inputs: Properties,
    live: Properties,
    manager: string,
    { timeout, signal }: Execution,
  ): Promise<Properties> {
    try {
      return await untilReady(client, kind, inputs, live, { seconds: patience(inputs, timeout), signal });
    } catch (error) {
      const latest = error instanceof NotReady ? error.live : live;
      const reason = error instanceof Error ? error.message : String(error);
      throw new PartialFailure(idOf(live), outputs(latest, inputs, manager), withSecrets(inputs), [reason]);
    }
  }
}

const neverAborted = new AbortController().signal;

function newManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/** The state of an object in the official plugin's form, so that either can go on with the other's. */
function outputs(live: Properties, inputs: Properties, manager: string): Properties {
  const { apiVersion = "" } = inputs;
  const hidden = isSecretKind(live) ? hideSecret(live) : live;
  return {
    ...hidden,
    __fieldManager: manager,
    __initialApiVersion: apiVersion,
    __inputs: withSecrets(inputs),
  };
}

function withSecrets(inputs: Properties): Properties {
  return isSecretKind(inputs) ? hideSecret(inputs) : inputs;
}

/** A dry run's answer without what only the real create decides. */
function foreseen(live: Properties): Properties {
  return { ...live, metadata: { ...objectAt(live["metadata"]), uid: UNKNOWN, creationTimestamp: UNKNOWN } };
}

function isForLater(error: unknown): boolean {
  if (error instanceof UnknownKind) return true;
  return error instanceof ApiError && (error.status === 404 || error.reason === "AlreadyExists");
}
