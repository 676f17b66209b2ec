import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { KubernetesObject } from "./api.ts";

const run = promisify(execFile);

/** What an Application says about kustomize; only its patches and its namespace are understood here. */
export interface KustomizeSource {
  /** In which all objects are, whatever they say; the overlay's Namespace is called so too. */
  readonly namespace?: string;
  readonly patches?: readonly object[];
  readonly [other: string]: unknown;
}

/**
 * The overlay as ArgoCD's repository server would render it: the Application's patches are added to those of
 * the overlay's own kustomization, its namespace goes before the one there, then kustomize builds it.
 */
export class Overlay {
  readonly #directory: string;
  readonly #kubectl: readonly string[];
  #last: { readonly key: string; readonly objects: Promise<KubernetesObject[]> } | undefined;

  /** @param kubectl - the command and its first arguments */
  constructor(directory: string, kubectl: readonly string[]) {
    this.#directory = directory;
    this.#kubectl = kubectl;
  }

  /** Stands for the commit: 40 hexadecimal digits that change with any of the overlay's files. */
  revision(): string {
    const hash = createHash("sha1");
    const files = readdirSync(this.#directory, { recursive: true, withFileTypes: true }).filter((f) =>
      f.isFile(),
    );
    for (const path of files.map((file) => join(file.parentPath, file.name)).sort())
      hash.update(readFileSync(path));
    return hash.digest("hex");
  }

  async render(kustomize: KustomizeSource = {}): Promise<KubernetesObject[]> {
    const unknown = Object.keys(kustomize).filter((field) => !["namespace", "patches"].includes(field));
    if (unknown.length > 0) {
      throw new Error(
        `this stand-in knows only patches and namespace of spec.source.kustomize, not ${unknown.join(", ")}`,
      );
    }
    const key = JSON.stringify([this.revision(), kustomize]);
    if (this.#last?.key !== key) this.#last = { key, objects: this.#build(kustomize) };
    return await this.#last.objects;
  }

  async #build({ namespace, patches = [] }: KustomizeSource): Promise<KubernetesObject[]> {
    const copy = mkdtempSync(join(tmpdir(), "mesh-six-overlay-"));
    try {
      cpSync(this.#directory, copy, { recursive: true });
      const file = join(copy, "kustomization.yaml");
      const kustomization = parse(readFileSync(file, "utf8")) as { readonly patches?: readonly object[] };
      const all = {
        ...kustomization,
        ...(namespace === undefined ? {} : { namespace }),
        patches: [...(kustomization.patches ?? []), ...patches],
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
