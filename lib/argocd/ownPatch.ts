import { stringify } from "yaml";
import type { InlinePatch, KustomizePatch, Named } from "./application.ts";

/** Begins every patch this program writes into an Application. Constant for life: live Applications hold it. */
const mark = "# Written by the Pulumi stack of mesh-six";

/** The patch with its first line, which names the stack that writes it. */
export function signed<P extends InlinePatch>(own: P, stack: string): P {
  return { ...own, patch: `${mark}: ${stack}\n${own.patch}` };
}

/**
 * The stack that wrote the patch: empty where the patch is from the time before patches named their stack,
 * undefined where no stack wrote it.
 */
export function writerOf({ patch = "" }: KustomizePatch): string | undefined {
  const [line = ""] = patch.split("\n", 1);
  if (line === mark) return "";
  return line.startsWith(`${mark}: `) ? line.slice(mark.length + 2).trim() : undefined;
}

/** The stacks whose patches are among these, each once. */
export function writersOf(patches: readonly KustomizePatch[]): string[] {
  return [...new Set(patches.map(writerOf).filter((writer) => writer !== undefined))];
}

/** Traefik's two groups hold the same kind, and an overlay may still have it in the other one. */
export const renamedGroups = ["traefik.io", "traefik.containo.us"];

/**
 * The kustomize patch that takes one object out. Names are anchored regular expressions there. The version is
 * left open, since the overlay's may be another; so is the namespace, which kustomize sets after the patches.
 */
export function deletion({ apiVersion, kind, name }: Named & { readonly apiVersion: string }): InlinePatch {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : undefined;
  return {
    target: {
      ...(group === undefined || renamedGroups.includes(group) ? {} : { group }),
      kind,
      name: name.replaceAll(".", "\\."),
    },
    patch: stringify({ $patch: "delete", apiVersion, kind, metadata: { name } }),
  };
}
