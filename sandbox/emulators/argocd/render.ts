import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { KubernetesObject } from "./api.ts";

const run = promisify(execFile);

/** An Application's kustomize settings; the emulator understands its patches, its namespace and its images. */
export interface KustomizeSource {
  /** The namespace of all objects, whatever they say; also the name of the overlay's Namespace. */
  readonly namespace?: string;
  readonly patches?: readonly object[];
  /** `NAME@DIGEST` or `NAME:TAG`, each of which replaces the image of that name. */
  readonly images?: readonly string[];
  readonly [other: string]: unknown;
}

/** Renderings that are kept. */
const kept = 4;

/**
 * The overlay as ArgoCD's repository server would render it: the Application's patches are added to those of
 * the overlay's own kustomization, its namespace goes before the one there, then kustomize builds it.
 */
export class Overlay {
  readonly #directory: string;
  readonly #kubectl: readonly string[];
  readonly #commit: string | undefined;
  /** The last few builds: each look needs the overlay with the Application's patches, and as it is. */
  readonly #built = new Map<string, Promise<KubernetesObject[]>>();

  /**
   * @param kubectl - the command and its first arguments
   * @param commit - in which the overlay is; undefined for a folder of no repository
   */
  constructor(directory: string, kubectl: readonly string[], commit?: string) {
    this.#directory = directory;
    this.#kubectl = kubectl;
    this.#commit = commit;
  }

  /** The commit; without one 40 hexadecimal digits that change with any of the overlay's files. */
  revision(): string {
    if (this.#commit !== undefined) return this.#commit;
    const hash = createHash("sha1");
    const files = readdirSync(this.#directory, { recursive: true, withFileTypes: true }).filter((f) =>
      f.isFile(),
    );
    for (const path of files.map((file) => join(file.parentPath, file.name)).sort())
      hash.update(readFileSync(path));
    return hash.digest("hex");
  }

  async render(kustomize: KustomizeSource = {}): Promise<KubernetesObject[]> {
    const unknown = Object.keys(kustomize).filter(
      (field) => !["namespace", "patches", "images"].includes(field),
    );
    if (unknown.length > 0) {
      throw new Error(
        `this stand-in knows only patches, namespace and images of spec.source.kustomize, not ${unknown.join(", ")}`,
      );
    }
    const key = JSON.stringify([this.revision(), kustomize]);
    const objects = this.#built.get(key) ?? this.#build(kustomize);
    this.#built.delete(key);
    this.#built.set(key, objects);
    for (const old of [...this.#built.keys()].slice(0, -kept)) this.#built.delete(old);
    try {
      return await objects;
    } catch (error) {
      // The machine may have failed, and not the patches: the next look tries again.
      this.#built.delete(key);
      throw error;
    }
  }

  async #build({ namespace, patches = [], images = [] }: KustomizeSource): Promise<KubernetesObject[]> {
    const copy = mkdtempSync(join(tmpdir(), "mesh-six-overlay-"));
    try {
      cpSync(this.#directory, copy, { recursive: true });
      const file = join(copy, "kustomization.yaml");
      const kustomization = parse(readFileSync(file, "utf8")) as {
        readonly patches?: readonly object[];
        readonly images?: readonly { readonly name: string }[];
      };
      const replaced = images.map(imageOf);
      const all = {
        ...kustomization,
        ...(namespace === undefined ? {} : { namespace }),
        patches: [...(kustomization.patches ?? []), ...patches],
        images: [
          ...(kustomization.images ?? []).filter(
            ({ name }) => !replaced.some((image) => image.name === name),
          ),
          ...replaced,
        ],
      };
      writeFileSync(file, stringify(all));
      const [command = "kubectl", ...prefix] = this.#kubectl;
      const { stdout } = await run(command, [...prefix, "kustomize", copy], { maxBuffer: 32 * 1024 * 1024 });
      return parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
}

/** As `kustomize edit set image` reads it. */
function imageOf(image: string): { name: string; digest?: string; newTag?: string } {
  const [name = "", digest] = image.split("@");
  if (digest !== undefined) return { name, digest };
  const colon = name.indexOf(":", name.lastIndexOf("/"));
  return colon < 0 ? { name } : { name: name.slice(0, colon), newTag: name.slice(colon + 1) };
}
