import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, ClusterObject, ObjectReference } from "../../../lib/kubernetes/cluster.ts";

const finalizer = "externalsecrets.external-secrets.io/externalsecret-cleanup";

interface ExternalSecret extends ClusterObject {
  readonly apiVersion: string;
  readonly metadata: ClusterObject["metadata"] & { readonly name: string; readonly uid: string };
  readonly spec: {
    readonly target: { readonly name: string; readonly creationPolicy?: string };
    readonly data: readonly {
      readonly secretKey: string;
      readonly remoteRef: { readonly property: string };
    }[];
  };
}

interface Owned extends ClusterObject {
  readonly metadata: ClusterObject["metadata"] & {
    readonly ownerReferences?: readonly { readonly controller?: boolean; readonly name: string }[];
  };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Does the work of the External Secrets Operator for an ExternalSecret of `creationPolicy: Owner` or `Orphan` and
 * `deletionPolicy: Retain`, as of its version 2.9. It puts its finalizer on it and, as Owner, becomes the controlling
 * owner of the target. It writes the target again whenever the target differs, and leaves one alone that another
 * ExternalSecret owns. On deletion it takes off its finalizer and nothing else.
 */
export class ExternalSecretsOperator {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #vault: Readonly<Record<string, string>>;
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;

  constructor(cluster: Cluster, namespace: string, vault: Readonly<Record<string, string>>) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#vault = vault;
    this.#done = this.#run();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const kind = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", namespace: this.#namespace };
    while (!this.#stopped.signal.aborted) {
      // Another writer may be quicker; the next round looks again.
      const all = await this.#cluster.list<ExternalSecret>(kind).catch(() => []);
      for (const one of all) await this.#reconcile(one).catch(() => undefined);
      await sleep(50);
    }
  }

  async #reconcile(external: ExternalSecret): Promise<void> {
    const { apiVersion, metadata, spec } = external;
    const reference = { apiVersion, kind: "ExternalSecret", namespace: this.#namespace, name: metadata.name };
    const finalizers = metadata.finalizers ?? [];
    if (metadata.deletionTimestamp !== undefined) {
      if (finalizers.includes(finalizer)) {
        const left = finalizers.filter((one) => one !== finalizer);
        await this.#cluster.merge(reference, { metadata: { finalizers: left } });
      }
      return;
    }
    if (!finalizers.includes(finalizer)) {
      await this.#cluster.merge(reference, { metadata: { finalizers: [...finalizers, finalizer] } });
    }
    const target = { apiVersion: "v1", kind: "Secret", namespace: this.#namespace, name: spec.target.name };
    const live = await this.#cluster.get<Owned>(target);
    const controller = live?.metadata.ownerReferences?.find((owner) => owner.controller === true);
    if (controller !== undefined && controller.name !== metadata.name) return;
    // One that has begun to go since the list takes its target back no more: the garbage collector would follow.
    const now = await this.#cluster.get<ExternalSecret>(reference);
    if (now?.metadata.uid !== metadata.uid || now.metadata.deletionTimestamp !== undefined) return;
    const data = Object.fromEntries(
      spec.data.map(({ secretKey, remoteRef }) => [
        secretKey,
        Buffer.from(this.#vault[remoteRef.property] ?? "").toString("base64"),
      ]),
    );
    const same = Object.entries(data).every(([key, value]) => live?.data?.[key] === value);
    const isOwner = spec.target.creationPolicy !== "Orphan";
    if ((isOwner && controller === undefined) || !same) await this.#write(external, target, { data, live });
  }

  async #write(
    { metadata, spec }: ExternalSecret,
    target: ObjectReference,
    { data, live }: { readonly data: Readonly<Record<string, string>>; readonly live: Owned | undefined },
  ): Promise<void> {
    const { namespace, name } = target;
    const labels = {
      ...metadata.labels,
      "reconcile.external-secrets.io/managed": "true",
      "reconcile.external-secrets.io/created-by": `${metadata.name}`,
    };
    const owner = {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      name: metadata.name,
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    const object = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name,
        namespace,
        labels,
        annotations: metadata.annotations ?? {},
        ...(spec.target.creationPolicy === "Orphan" ? {} : { ownerReferences: [owner] }),
        // Like the operator's update: refused where somebody has written the target since it was read.
        ...(live === undefined ? {} : { resourceVersion: live.metadata.resourceVersion }),
      },
      data,
    };
    await this.#cluster.apply(object, { fieldManager: `external-secrets.io/${metadata.name}`, force: true });
  }
}
