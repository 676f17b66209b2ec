import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { databaseSecret, secretKeys, webhookSecret } from "../settings/secrets/standard.ts";
import type { KustomizePatch } from "../lib/argocd/application.ts";

export interface ReceiverArgs {
  /** GraphQL node id of the board. */
  readonly boardId: pulumi.Input<string>;
  /** GraphQL node id of the board's field Status. */
  readonly statusFieldId: pulumi.Input<string>;
  /** By Secret, what changes with its content. */
  readonly fingerprints: Readonly<Record<string, pulumi.Input<string>>>;
}

/** A variable of a container: its value, or the key of a Secret it is read from. */
type Variable = { name: string; value: string } | { name: string; valueFrom: { secretKeyRef: SecretKey } };

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
 * Kustomize patches by which the webhook receiver and the project manager learn the board's ids, with no commit
 * to their repository. Kustomize merges containers and variables by name, and a value that is there is replaced.
 */
export function receiverPatches(args: ReceiverArgs): pulumi.Output<KustomizePatch[]> {
  return pulumi.output(args).apply(({ boardId, statusFieldId, fingerprints }) =>
    readers.map(({ deployment, secrets, database }) => {
      const env: Variable[] = [
        { name: "GITHUB_PROJECT_ID", value: boardId },
        { name: "GITHUB_STATUS_FIELD_ID", value: statusFieldId },
      ];
      if (database) {
        env.push({
          name: "DATABASE_URL",
          valueFrom: { secretKeyRef: { ...secretKeys.postgresUrl } },
        });
      }
      const annotations = Object.fromEntries(
        secrets.flatMap((name) => {
          const fingerprint = fingerprints[name];
          return fingerprint === undefined ? [] : [[`mesh-six/${name}`, fingerprint]];
        }),
      );
      const patch = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: deployment },
        spec: { template: { metadata: { annotations }, spec: { containers: [{ name: deployment, env }] } } },
      };
      return { target: { kind: "Deployment", name: deployment }, patch: stringify(patch) };
    }),
  );
}
