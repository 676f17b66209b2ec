import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../../lib/process/run.ts";
import { inTemporaryFolder } from "../../../lib/process/temporaryFolder.ts";
import { kustomizations, type Manifest, renderFolder } from "../../doctor/cluster/overlay.ts";

/** The overlay of a commit as ArgoCD will render it. */
export interface RenderedOverlay {
  readonly objects: readonly Manifest[];
  /** Names of all images in it, without tag and digest. */
  readonly images: ReadonlySet<string>;
}

/** Thrown where this machine has no program that renders an overlay, which says nothing of the overlay. */
export class NoRendererError extends Error {}

/**
 * Renders the overlay at a commit with the patches that the program's Application has.
 *
 * @param path - of the overlay in the repository
 * @param patches - `spec.source.kustomize.patches` of the Application
 * @throws Error in one line when git or kustomize refuses; NoRendererError where kustomize is missing
 */
export async function renderAt(
  application: string,
  commit: string,
  path: string,
  patches: readonly object[],
): Promise<RenderedOverlay> {
  return inTemporaryFolder("mesh-six-release-", async (folder) => {
    const archive = join(folder, "overlay.tar");
    const top = path.split("/")[0] ?? path;
    await need(
      "git",
      ["-C", application, "archive", `--output=${archive}`, commit, "--", top],
      `overlay ${path}`,
    );
    await need("tar", ["-xf", archive, "-C", folder], `overlay ${path}`);
    const name = kustomizations.find((each) => existsSync(join(folder, path, each)));
    if (name === undefined)
      throw new Error(
        `overlay ${path}: expected ${kustomizations[0]} in it at ${commit.slice(0, 12)}, got none; correct mesh-six:argocdPath`,
      );
    const file = join(folder, path, name);
    const kustomization = parse(readFileSync(file, "utf8")) as { readonly patches?: readonly object[] };
    writeFileSync(
      file,
      stringify({ ...kustomization, patches: [...(kustomization.patches ?? []), ...patches] }),
    );
    const { status, detail, value } = await renderFolder(
      join(folder, path),
      `${path} at ${commit.slice(0, 12)}`,
    );
    if (status === "warn") throw new NoRendererError(detail);
    if (value === undefined || status === "fail") throw new Error(detail);
    return { objects: value, images: imagesIn(value) };
  });
}

async function need(command: string, args: readonly string[], subject: string): Promise<void> {
  const { code, stderr } = await run(command, args);
  if (code !== 0)
    throw new Error(
      `${subject}: expected ${command} to read it, got: ${stderr.trim().split("\n").at(-1) ?? String(code)}; fetch the commit, or correct mesh-six:argocdPath`,
    );
}

/** Every `image` of the objects, wherever it stands. */
function imagesIn(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const member of value) imagesIn(member, found);
  else if (typeof value === "object" && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      if (key === "image" && typeof field === "string") found.add(nameOf(field));
      else imagesIn(field, found);
    }
  }
  return found;
}

/** `registry:5000/a/b:tag@sha256:…` without tag and digest. */
function nameOf(image: string): string {
  const [name = ""] = image.split("@");
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon < 0 ? name : name.slice(0, colon);
}
