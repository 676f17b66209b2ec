import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { databaseSecret, secretKeys, webhookSecret } from "../settings/secrets/standard.ts";
import type { InlinePatch, ObjectPatch } from "../lib/argocd/application.ts";

export interface ReceiverArgs {
  /** GraphQL node id of the board. */
  readonly boardId: pulumi.Input<string>;
  /** GraphQL node id of the board's field Status. */
  readonly statusFieldId: pulumi.Input<string>;
  /** By Secret, what changes with its content. */
  readonly fingerprints: Readonly<Record<string, pulumi.Input<string>>>;
}

/** A variable of a container: its value, or the key of a Secret it is read from. */
type Variable =
  { name: string; value: pulumi.Input<string> } | { name: string; valueFrom: { secretKeyRef: SecretKey } };

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** The Deployments that get the ids, with the Secrets they read: they start again when one of these changes. */
const readers = [
  { deployment: "webhook-receiver", secrets: ["github-secret", webhookSecret], database: false },
  {
    deployment: "project-manager",
    secrets: ["github-secret", "gitea-secret", "litellm-secret", databaseSecret],
    database: true,
  },
];

/**
 * Patches for the webhook receiver and the project manager: the board's ids, with no commit to their repository, and
 * marks that restart them when a Secret they read changes.
 */
export function receiverPatches({ boardId, statusFieldId, fingerprints }: ReceiverArgs): ObjectPatch[] {
  return readers.map(({ deployment, secrets, database }) => {
    const env: Variable[] = [
      { name: "GITHUB_PROJECT_ID", value: boardId },
      { name: "GITHUB_STATUS_FIELD_ID", value: statusFieldId },
    ];
    if (database) {
      env.push({ name: "DATABASE_URL", valueFrom: { secretKeyRef: { ...secretKeys.postgresUrl } } });
    }
    const annotations = Object.fromEntries(
      secrets.flatMap((name) => {
        const fingerprint = fingerprints[name];
        return fingerprint === undefined ? [] : [[`mesh-six/${name}`, fingerprint]];
      }),
    );
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: deployment },
      spec: { template: { metadata: { annotations }, spec: { containers: [{ name: deployment, env }] } } },
    };
  });
}

/** The same as kustomize takes it, which merges containers and variables by name and replaces a value that is there. */
export function asKustomizePatches(patches: readonly ObjectPatch[]): pulumi.Output<InlinePatch[]> {
  return pulumi.output([...patches]).apply((known) =>
    known.map((patch) => ({
      target: { kind: patch.kind, name: patch.metadata.name },
      patch: stringify(patch),
    })),
  );
}
