import { createHash } from "node:crypto";
import type { Registry } from "./client.ts";

/** An image of one layer. */
export interface ImageContent {
  /** A tar archive, compressed by gzip or not. */
  readonly layer: Buffer;
  /** Digest of the archive itself: `sha256:…` of what the layer is when it is not compressed. */
  readonly contentDigest: string;
  readonly labels: Readonly<Record<string, string>>;
}

const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

/**
 * Pushes an image under a tag.
 *
 * @returns its digest
 * @throws Error in one line when the registry refuses
 */
export async function pushImage(
  registry: Registry,
  repository: string,
  tag: string,
  { layer, contentDigest, labels }: ImageContent,
): Promise<string> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Labels: labels },
      rootfs: { type: "layers", diff_ids: [contentDigest] },
    }),
  );
  for (const blob of [layer, config]) await pushBlob(registry, repository, blob);
  const part = (mediaType: string, content: Buffer) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: part(types.config, config),
      layers: [part(types.layer, layer)],
    }),
  );
  const path = `manifests/${tag}`;
  const { status } = await registry.send(repository, { method: "PUT", path, body, type: types.manifest });
  if (status !== 201) throw refused(repository, tag, status);
  return digestOf(body);
}

/** The labels of an image. @throws Error in one line when the registry does not have it */
export async function imageLabels(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<Readonly<Record<string, string>>> {
  const read = async <T>(path: string) => {
    const { status, body } = await registry.send(repository, { method: "GET", path });
    if (status !== 200) throw refused(repository, reference, status);
    return JSON.parse(body) as T;
  };
  const manifest = await read<{ config: { digest: string } }>(`manifests/${reference}`);
  const { config } = await read<{ config?: { Labels?: Record<string, string> } }>(
    `blobs/${manifest.config.digest}`,
  );
  return config?.Labels ?? {};
}

async function pushBlob(registry: Registry, repository: string, content: Buffer): Promise<void> {
  const digest = digestOf(content);
  const there = await registry.send(repository, { method: "HEAD", path: `blobs/${digest}` });
  if (there.status === 200) return;
  const begun = await registry.send(repository, { method: "POST", path: "blobs/uploads/" });
  const location = begun.headers["location"];
  if (begun.status !== 202 || location === undefined) throw refused(repository, digest, begun.status);
  const path = `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
  const type = "application/octet-stream";
  const { status } = await registry.send(repository, { method: "PUT", path, body: content, type });
  if (status !== 201) throw refused(repository, digest, status);
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function refused(repository: string, reference: string, status: number): Error {
  return new Error(
    `${repository}:${reference}: expected the registry to take or give it, got status ${String(status)}; check the login and the registry's log`,
  );
}
