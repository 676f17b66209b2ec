import { describe, referenceOf } from "../../../lib/kubernetes/cluster.ts";
import type { AnyObject } from "../objectDeclaration.ts";
import type { Refusal } from "../document.ts";
import { isExternalSecret } from "../../secretWriters.ts";

/** An object that owns another one, as Kubernetes' garbage collector reads it. */
interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly controller?: boolean;
}

/**
 * Refuses an object that does not stay when it is taken over: it is being deleted, it goes with its owner, or somebody
 * else's tool writes it again.
 */
export function otherHolders(live: AnyObject): Refusal[] {
  return [...goingAlready(live), ...goingWithOwner(live), ...writtenByFlux(live)];
}

/** The garbage collector never gives an object back once its deletion has begun. */
function goingAlready(live: AnyObject): Refusal[] {
  const { deletionTimestamp, finalizers = [] } = live.metadata;
  if (deletionTimestamp === undefined) return [];
  const held = finalizers.length === 0 ? "" : `, held by ${finalizers.join(", ")}`;
  return [
    {
      path: "metadata.deletionTimestamp",
      expected: `a ${live.kind} that stays`,
      got: `one that is being deleted since ${deletionTimestamp}${held}`,
      remedy: `wait until it is gone (${kubectl(live, "get")}), then run pulumi up again`,
    },
  ];
}

function goingWithOwner(live: AnyObject): Refusal[] {
  const { ownerReferences = [] } = live.metadata as { readonly ownerReferences?: readonly Owner[] };
  return ownerReferences
    .filter((owner) => !isHandedOver(live, owner))
    .map((owner) => {
      const { namespace } = referenceOf(live);
      const own = describe({ ...owner, namespace });
      const off = `${kubectl(live, "patch")} --type merge -p '{"metadata":{"ownerReferences":null}}'`;
      return {
        path: `metadata.ownerReferences[${owner.name}]`,
        expected: `a ${live.kind} that nothing else makes`,
        got: `the one of ${own}, which may write it again, and with which Kubernetes deletes it`,
        remedy: `to let ${own} go and keep this: kubectl delete ${typed(owner)} ${owner.name}${inNamespace(namespace)} --cascade=orphan; where its owner is gone or leaves it alone: ${off}`,
      };
    });
}

/** A Secret of External Secrets is handed over by itself (preflight/secretHandOver.ts). */
function isHandedOver({ kind }: AnyObject, owner: Owner): boolean {
  return kind === "Secret" && isExternalSecret(owner);
}

/** Label by which Flux knows what it applied, and the annotations that stop it from writing and from deleting that. */
const flux = "kustomize.toolkit.fluxcd.io";
const disabled = [`${flux}/reconcile`, `${flux}/prune`];

/** The Namespace says the same of itself whoever writes it. */
function writtenByFlux(live: AnyObject): Refusal[] {
  const { labels = {}, annotations = {} } = live.metadata;
  const name = labels[`${flux}/name`];
  const isLeftAlone = disabled.every((key) => annotations[key] === "disabled");
  if (name === undefined || isLeftAlone || live.kind === "Namespace") return [];
  const options = disabled.map((key) => `${key}=disabled`).join(" ");
  return [
    {
      path: `metadata.labels["${flux}/name"]`,
      expected: `a ${live.kind} that nothing else writes`,
      got: `the one of Flux's Kustomization ${labels[`${flux}/namespace`] ?? ""}/${name}, which writes it again and deletes it when it leaves its source`,
      remedy: `let Flux leave it alone, in its source, and here: ${kubectl(live, "annotate")} ${options}`,
    },
  ];
}

function kubectl(live: AnyObject, verb: string): string {
  const { name, namespace } = referenceOf(live);
  return `kubectl ${verb} ${typed(live)} ${name}${inNamespace(namespace)}`;
}

/** The kind as kubectl takes it, with its group where it has one. */
function typed({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${kind.toLowerCase()}${group}`;
}

function inNamespace(namespace: string): string {
  return namespace === "" ? "" : ` -n ${namespace}`;
}
