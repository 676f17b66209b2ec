import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import {
  type Cluster,
  clusterOf,
  type ClusterObject,
  type ObjectReference,
} from "../lib/kubernetes/cluster.ts";
import type { Access } from "../lib/kubernetes/login.ts";
import { ApiError } from "../lib/kubernetes/request.ts";
import { afterCutOff } from "../settings/afterCutOff.ts";
import { type OwnedSecret, ownerOf, type Writer, writerOf } from "./secretWriters.ts";

/** The settings for handing Secrets over. */
export interface HandOverArgs {
  readonly access: Promise<Access>;
  /** Takes over existing objects instead of refusing them. */
  readonly adopt: boolean;
  /** Whether an object with these labels and annotations is one of this stack's. */
  readonly isOwn: (metadata: ClusterObject["metadata"]) => boolean;
}

/** The time limit of the operator and the garbage collector for an ExternalSecret that goes, in milliseconds. */
const patience = 60_000;

/** By these External Secrets knows what it made; it deletes a Secret under `created-by` that it no longer wants. */
const operatorsMarks = {
  labels: {
    "reconcile.external-secrets.io/managed": null,
    "reconcile.external-secrets.io/created-by": null,
  },
  annotations: { "reconcile.external-secrets.io/data-hash": null },
};

/**
 * Keeps a Secret and its content in place while its source changes to or from Vault.
 *
 * The Secret that External Secrets made belongs to its ExternalSecret. Pulumi deletes the ExternalSecret last, and the
 * garbage collector would delete the Secret with it, whoever had written it since. So before the Secret, or another
 * ExternalSecret for it, is made, the one it belongs to is deleted in a way that leaves the Secret.
 *
 * A Secret of another type cannot be changed but made again only, with a moment without it: that is refused too.
 *
 * @returns for the options of the component that declares the Secrets; refuses, already in a preview, what others own
 */
export function secretHandOver({ access, adopt, isOwn }: HandOverArgs): pulumi.ResourceTransformation {
  const before: pulumi.ResourceHookFunction = async ({ newInputs }) => {
    const target = targetOf(newInputs as Inputs);
    if (target === undefined) return;
    const isPreview = pulumi.runtime.isDryRun();
    try {
      const cluster = clusterOf(await access);
      const secret = await cluster.get<OwnedSecret>(target.secret);
      if (secret === undefined) return;
      const held = await writerOf(cluster, target.secret, secret, target.externalSecret);
      const refusal = refusalOf(target, secret, held, { adopt, isOwn });
      if (refusal !== undefined) throw new Error(refusal);
      if (held === undefined || held.reference.name === target.externalSecret) return;
      const names = `Secret ${target.secret.namespace}/${target.secret.name}: stays as it is while`;
      await pulumi.log.info(`${names} ExternalSecret ${held.reference.name}, which made it, goes`);
      if (!isPreview) await release(cluster, target.secret, held);
    } catch (error) {
      // A preview may be out of the cluster's reach. The run itself looks again.
      if (isPreview && error instanceof ApiError) return;
      throw error;
    }
  };
  let hook: pulumi.ResourceHook | undefined;
  return ({ type, props, opts }) => {
    const { kind } = props as { readonly kind?: unknown };
    if (!type.startsWith("kubernetes:") || (kind !== "Secret" && kind !== "ExternalSecret")) return undefined;
    hook ??= new pulumi.ResourceHook("keep the content of Secrets", before, { onDryRun: true });
    return { props, opts: pulumi.mergeOptions(opts, { hooks: { beforeCreate: [hook] } }) };
  };
}

/**
 * Secrets that Pulumi wrote and whose source is Vault now. Pulumi would delete each at the end of the run, under the
 * hands of External Secrets, so they are declared until it has taken them.
 *
 * @param names - of the Secrets whose source is Vault
 */
export async function secretsToHandOver(
  access: Access,
  namespace: string,
  names: readonly string[],
  isOwn: HandOverArgs["isOwn"],
): Promise<ReadonlySet<string>> {
  const cluster = clusterOf(access);
  const found = await Promise.all(
    names.map((name) => cluster.get<OwnedSecret>(secretReference(namespace, name))),
  );
  return new Set(
    names.filter((_, index) => {
      const secret = found[index];
      return secret !== undefined && ownerOf(secret) === undefined && isOwn(secret.metadata);
    }),
  );
}

interface Inputs {
  readonly kind: string;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
  readonly type?: unknown;
  readonly spec?: {
    readonly target?: { readonly name?: unknown; readonly template?: { readonly type?: unknown } };
  };
}

interface Target {
  readonly secret: ObjectReference;
  /** Name of the ExternalSecret that is made; undefined where the Secret itself is. */
  readonly externalSecret: string | undefined;
  /** The type it is to have; undefined where it is not known. */
  readonly type: string | undefined;
}

/** Undefined as long as a name is not known. */
function targetOf({ kind, metadata, type, spec }: Inputs): Target | undefined {
  const { name, namespace } = metadata ?? {};
  if (typeof name !== "string" || typeof namespace !== "string") return undefined;
  const known = (text: unknown) => (typeof text === "string" ? text : undefined);
  if (kind === "Secret")
    return { secret: secretReference(namespace, name), externalSecret: undefined, type: known(type) };
  const { name: target = name, template } = spec?.target ?? {};
  if (typeof target !== "string") return undefined;
  // Without a type in its template External Secrets makes an opaque one.
  const made = known(template?.type ?? "Opaque");
  return { secret: secretReference(namespace, target), externalSecret: name, type: made };
}

function secretReference(namespace: string, name: string): ObjectReference {
  return { apiVersion: "v1", kind: "Secret", namespace, name };
}

function refusalOf(
  { secret: { namespace, name }, externalSecret, type }: Target,
  secret: OwnedSecret,
  held: Writer | undefined,
  { adopt, isOwn }: Pick<HandOverArgs, "adopt" | "isOwn">,
): string | undefined {
  const what = `Secret ${namespace}/${name}: expected`;
  const adoptIt = "pulumi config set mesh-six:adopt true";
  const setting = `mesh-six:secrets.${name}`;
  const holder = held?.reference.name;
  if (held?.object !== undefined && holder !== externalSecret && !isOwn(held.object.metadata)) {
    const leave = `kubectl delete externalsecret ${holder} -n ${namespace} --cascade=orphan`;
    const keep =
      externalSecret === undefined
        ? `to leave it to Vault: pulumi config set --path ${setting}.source vault`
        : `to take that one over: pulumi config set --plaintext --path ${setting}.externalSecret ${holder} (and ${adoptIt})`;
    return `${what} nobody else to write it, got ExternalSecret ${holder}, which this stack did not make; ${keep}; to let it go and keep the Secret: ${leave}`;
  }
  if (type !== undefined && secret.type !== undefined && secret.type !== type) {
    return (
      `${what} type ${type}, got ${secret.type}, and Kubernetes changes the type of no Secret; ` +
      `to keep it: set ${setting}.kind to the kind that it has; to make it again, without it for a moment: ` +
      `kubectl delete secret ${name} -n ${namespace}, then pulumi up --refresh`
    );
  }
  if (adopt) return undefined;
  if (externalSecret === undefined) {
    const got =
      holder === undefined ? "one that this stack did not make" : `the one of ExternalSecret ${holder}`;
    const rest = holder === undefined ? "" : " (its content stays until the new one is written)";
    const cutOff =
      holder === undefined && isOwn(secret.metadata) ? `; ${afterCutOff(pulumi.getStack())}` : "";
    return `${what} none, got ${got}; to take it over: ${adoptIt}${rest}${cutOff}`;
  }
  if (held !== undefined || isOwn(secret.metadata)) return undefined;
  return `${what} none, got one that this stack did not make, whose content External Secrets would replace; to allow it: ${adoptIt}`;
}

/**
 * Deletes the ExternalSecret and leaves its Secret, which is nobody's afterwards.
 *
 * @throws where the ExternalSecret is still there after a minute; the Secret is as it was
 */
async function release(
  cluster: Cluster,
  secret: ObjectReference,
  { reference: external, uid }: Writer,
): Promise<void> {
  const there = async () => (await cluster.get(external))?.metadata;
  if ((await there())?.uid === uid) await cluster.remove(external, { propagation: "Orphan", uid });
  const end = Date.now() + patience;
  for (let left = await there(); left?.uid === uid; left = await there()) {
    if (Date.now() > end) {
      const by = left?.finalizers?.join(", ") ?? "nothing";
      throw new Error(
        `ExternalSecret ${external.namespace}/${external.name}: expected it to be gone within ${patience / 1000} s, ` +
          `got finalizers ${by}; see that External Secrets and the cluster's controllers run, then run pulumi up again`,
      );
    }
    await sleep(100);
  }
  const { metadata } = (await cluster.get<OwnedSecret>(secret)) ?? {};
  if (metadata === undefined) return;
  const ownerReferences = metadata.ownerReferences?.filter((owner) => owner.uid !== uid) ?? [];
  await cluster.merge(secret, {
    metadata: { ...operatorsMarks, ...(metadata.ownerReferences === undefined ? {} : { ownerReferences }) },
  });
}
