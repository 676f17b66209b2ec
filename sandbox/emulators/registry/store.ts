import { createHash, randomUUID } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: string;
  readonly type: string;
  readonly content: Buffer;
}

/** A manifest that names content the repository does not have. */
export class MissingContentError extends Error {}

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(reference: string): boolean {
  return digestPattern.test(reference);
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** A registry's content, in files: blobs by digest, and of each repository its manifests and tags. */
export class Store {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const part of ["blobs", "uploads", "repositories"])
      mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
  }

  blob(digest: string): Buffer | undefined {
    return isDigest(digest) ? read(this.#blobPath(digest)) : undefined;
  }

  /** @returns the name under which parts are added */
  beginUpload(): string {
    const name = randomUUID();
    writeFileSync(this.#uploadPath(name), "");
    return name;
  }

  /** @returns how many bytes it has now; undefined for an upload that is not there */
  addToUpload(name: string, part: Buffer): number | undefined {
    const path = this.#uploadPath(name);
    if (!existsSync(path)) return undefined;
    appendFileSync(path, part);
    return readFileSync(path).length;
  }

  /** @returns whether the content has that digest; what has another is dropped */
  endUpload(name: string, digest: string): boolean {
    const path = this.#uploadPath(name);
    const isRight = digestOf(readFileSync(path)) === digest;
    if (isRight) renameSync(path, this.#blobPath(digest));
    else rmSync(path);
    return isRight;
  }

  /** By tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | undefined {
    const digest = isDigest(reference)
      ? reference
      : read(this.#path(repository, "tags", reference))?.toString("utf8");
    if (digest === undefined) return undefined;
    const type = read(this.#path(repository, "manifests", digest))?.toString("utf8");
    const content = this.blob(digest);
    return type === undefined || content === undefined ? undefined : { digest, type, content };
  }

  /** @throws MissingContentError where a blob or manifest that it names is not there */
  putManifest(repository: string, reference: string, type: string, content: Buffer): string {
    const named = JSON.parse(content.toString("utf8")) as {
      readonly config?: { readonly digest: string };
      readonly layers?: readonly { readonly digest: string }[];
      readonly manifests?: readonly { readonly digest: string }[];
    };
    const parts = [...(named.config === undefined ? [] : [named.config]), ...(named.layers ?? [])];
    for (const { digest } of [...parts, ...(named.manifests ?? [])])
      if (this.blob(digest) === undefined) throw new MissingContentError(digest);
    const digest = digestOf(content);
    writeWhole(this.#blobPath(digest), content);
    writeWhole(this.#path(repository, "manifests", digest), type);
    if (!isDigest(reference)) writeWhole(this.#path(repository, "tags", reference), digest);
    return digest;
  }

  /** Removes a manifest and every tag of it. @returns whether it was there */
  deleteManifest(repository: string, digest: string): boolean {
    const path = this.#path(repository, "manifests", digest);
    if (!existsSync(path)) return false;
    rmSync(path);
    for (const tag of this.tags(repository) ?? [])
      if (read(this.#path(repository, "tags", tag))?.toString("utf8") === digest)
        rmSync(this.#path(repository, "tags", tag));
    return true;
  }

  /** Undefined for a repository that nothing was pushed to. */
  tags(repository: string): string[] | undefined {
    const folder = this.#path(repository, "tags");
    return existsSync(folder) ? readdirSync(folder).sort() : undefined;
  }

  #blobPath(digest: string): string {
    return join(this.#folder, "blobs", digest.replace(":", "-"));
  }

  #uploadPath(name: string): string {
    return join(this.#folder, "uploads", name);
  }

  /** A repository's name holds slashes; its folder does not, so that no name is a part of another's. */
  #path(repository: string, ...parts: string[]): string {
    return join(this.#folder, "repositories", encodeURIComponent(repository), ...parts);
  }
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** A kill leaves the old file or the new one. */
function writeWhole(path: string, content: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
