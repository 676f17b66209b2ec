import { createHmac } from "node:crypto";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  type Around,
  type Data,
  finish,
  type SecretKind,
  secretType,
  templateOf,
} from "../settings/secrets/kinds.ts";
import type { SecretSource } from "../settings/secrets/sources.ts";
import { databaseSecret } from "../settings/secrets/standard.ts";

export interface SecretsArgs extends Around {
  readonly namespace: pulumi.Input<string>;
  /** Source of each Secret's content, by the Secret's name. */
  readonly sources: Readonly<Record<string, SecretSource>>;
  /** The values of postgres-secret. */
  readonly database: {
    readonly url: pulumi.Input<string>;
    readonly username: pulumi.Input<string>;
    readonly password: pulumi.Input<string>;
  };
  /** ClusterSecretStore of Secrets from Vault. */
  readonly store: string;
  /** Secrets from Vault that Pulumi wrote before: each stays declared until External Secrets has it. @default none */
  readonly handOver?: ReadonlySet<string>;
  /** Data of another Secret of the cluster: at least the keys that its sources name. */
  readonly readSecret: (namespace: string, name: string) => pulumi.Output<Data>;
}

/**
 * Every Secret of the namespace, each from its own source: the stack's encrypted settings, generated, another
 * Secret of the cluster, or Vault by way of the External Secrets Operator. postgres-secret is always there.
 *
 * @example
 * const secrets = new Secrets("secrets", { namespace: "mesh-six", ...settings.secrets, database, readSecret });
 * const pods = { annotations: { "mesh-six/github": secrets.fingerprints["github-secret"] } };
 */
export class Secrets extends pulumi.ComponentResource {
  /** Names of all Secrets, in order. */
  readonly names: readonly string[];
  /**
   * By Secret, a text that changes when the content does and only then, for annotations that roll pods. Not secret:
   * keyed with a random value of the stack, so that nothing can be guessed from it. For a Secret from Vault it
   * changes with the reference only, since the content never comes here.
   */
  readonly fingerprints: Readonly<Record<string, pulumi.Output<string>>>;
  /** The generated or given content of a Secret's key, where it is known here. */
  readonly data: Readonly<Record<string, pulumi.Output<Data>>>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:Secrets", name, {}, opts);
    const key = this.generate("fingerprint-key", 64);
    const fingerprints: Record<string, pulumi.Output<string>> = {};
    const { url, username, password } = args.database;
    const known: Record<string, pulumi.Output<Data>> = {
      [databaseSecret]: secretOf({ url, username, password }),
    };

    this.declareSecret(args.namespace, databaseSecret, "opaque", known[databaseSecret]!);
    for (const [secretName, source] of Object.entries(args.sources)) {
      if (source.source === "vault") {
        const before = args.handOver?.has(secretName) ? [this.declareHandedOver(args, secretName)] : [];
        this.declareExternalSecret(args, secretName, source, before);
        fingerprints[secretName] = fingerprint(key, { ...source.keys, "": source.remoteKey });
        continue;
      }
      const data = pulumi.secret(
        this.content(secretName, source, args.readSecret).apply((parts) => finish(parts, source.kind, args)),
      );
      known[secretName] = data;
      this.declareSecret(args.namespace, secretName, source.kind, data);
    }
    for (const [secretName, data] of Object.entries(known)) fingerprints[secretName] = fingerprint(key, data);

    this.names = [...Object.keys(args.sources), databaseSecret].sort();
    this.fingerprints = fingerprints;
    this.data = known;
    this.registerOutputs({ names: this.names });
  }

  private content(
    secretName: string,
    source: Exclude<SecretSource, { source: "vault" }>,
    readSecret: SecretsArgs["readSecret"],
  ): pulumi.Output<Data> {
    switch (source.source) {
      case "config":
        return secretOf(source.values);
      case "generated":
        return secretOf(
          Object.fromEntries(
            source.keys.map((key) => [key, this.generate(`${secretName}-${key}`, source.length)]),
          ),
        );
      case "cluster":
        return readSecret(source.namespace, source.name).apply((found) =>
          mapped(source.keys, (key) => found[key]!),
        );
    }
  }

  private generate(name: string, length: number): pulumi.Output<string> {
    return new random.RandomPassword(name, { length, special: false }, { parent: this }).result;
  }

  private declareSecret(
    namespace: pulumi.Input<string>,
    secretName: string,
    kind: SecretKind,
    data: pulumi.Output<Data>,
  ): void {
    new Secret(
      secretName,
      {
        metadata: { name: secretName, namespace },
        type: secretType(kind),
        // Not stringData: that is write-only, and a change made by hand would never show as drift.
        data: pulumi.secret(
          data.apply((texts) => mapped(texts, (text) => Buffer.from(text).toString("base64"))),
        ),
      },
      // Another type would delete it first: what reads it would find none (preflight/secretHandOver.ts refuses that).
      { parent: this, deleteBeforeReplace: false },
    );
  }

  /** Stays as it is, whoever writes it, and is in the cluster still when it is declared no more. */
  private declareHandedOver({ namespace }: SecretsArgs, secretName: string): pulumi.Resource {
    return new Secret(
      secretName,
      { metadata: { name: secretName, namespace } },
      { parent: this, retainOnDelete: true, ignoreChanges: ["data", "type", "metadata"] },
    );
  }

  private declareExternalSecret(
    args: SecretsArgs,
    secretName: string,
    source: Extract<SecretSource, { source: "vault" }>,
    before: readonly pulumi.Resource[],
  ): void {
    const template = templateOf(Object.keys(source.keys), source.kind, args);
    new CustomResource(
      secretName,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name: source.externalSecret, namespace: args.namespace },
        spec: {
          refreshInterval: source.refreshInterval,
          secretStoreRef: { name: args.store, kind: "ClusterSecretStore" },
          target: {
            name: secretName,
            creationPolicy: "Owner",
            deletionPolicy: "Retain",
            ...(template === undefined ? {} : { template }),
          },
          data: Object.entries(source.keys).map(([secretKey, property]) => ({
            secretKey,
            remoteRef: { key: source.remoteKey, property },
          })),
        },
      },
      { parent: this, dependsOn: [...before] },
    );
  }
}

/** HMAC-SHA256 over the sorted content; stable from one `up` to the next. */
function fingerprint(key: pulumi.Output<string>, data: pulumi.Input<Data>): pulumi.Output<string> {
  return pulumi.unsecret(
    pulumi.all([key, data]).apply(([secretKey, texts]) => {
      const content = JSON.stringify(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
      return createHmac("sha256", secretKey).update(content).digest("hex").slice(0, 32);
    }),
  );
}

function secretOf(values: Readonly<Record<string, pulumi.Input<string>>>): pulumi.Output<Data> {
  return pulumi.secret(pulumi.all(values));
}

function mapped(data: Data, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, change(text)]));
}
