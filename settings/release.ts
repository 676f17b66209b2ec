import * as z from "zod";
import { dnsName, labelName, objectName } from "./formats.ts";

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: "a digest: sha256: and 64 hexadecimal digits" });
const commit = z
  .string()
  .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, { error: "a whole commit: 40 hexadecimal digits" });

/** One release of the application: its commit, and each image by digest. Empty for none. */
export const release = z
  .strictObject({ commit: commit.optional(), images: z.record(labelName, digest).prefault({}) })
  .refine(({ commit: named, images }) => (named === undefined) === (Object.keys(images).length === 0), {
    error: "both commit and images, or neither (npm run release writes them)",
  });

/** Settings for building images in the cluster (npm run images). */
export const imageBuilder = z.strictObject({
  executor: z.string().min(1).default("ghcr.io/osscontainertools/kaniko:v1.28.5"),
  namespace: labelName.default("mesh-six"),
  /** Secret of type docker-registry with the login to push with. */
  credentials: objectName.default("gitea-registry-secret"),
  /** Secrets to pull the executor's own image with. */
  pullSecrets: z.array(objectName).default([]),
  /** ConfigMap with further certificates that the registry's is verified with. */
  certificates: z
    .strictObject({ configMap: objectName, key: z.string().min(1).default("ca.crt") })
    .optional(),
  /** Names by address, as in a Pod's hostAliases. */
  hostAliases: z
    .record(z.string().regex(/^[0-9a-fA-F.:]+$/, { error: "an IP address" }), z.array(dnsName))
    .default({}),
  resources: z
    .strictObject({
      requests: z.record(z.string(), z.string()).default({ cpu: "250m", memory: "512Mi" }),
      limits: z.record(z.string(), z.string()).default({ cpu: "2", memory: "3Gi" }),
    })
    .prefault({}),
});

export type Release = z.infer<typeof release>;
export type ImageBuilder = z.infer<typeof imageBuilder>;
