import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestSandbox } from "../../support/engine/sandbox.ts";

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The document of `pulumi stack export`. */
export interface Exported {
  readonly version: number;
  readonly deployment: { readonly resources?: readonly Resource[] };
}

/** The resources that save.ts has written, with this sandbox's folder and ports in their places. */
export function savedResources(file: string, { directory }: TestSandbox): readonly Resource[] {
  const ports = JSON.parse(readFileSync(join(directory, "ports.json"), "utf8")) as Record<string, number>;
  const text = readFileSync(join(import.meta.dirname, file), "utf8")
    .replaceAll("{{directory}}", directory)
    .replaceAll(/\{\{port of ([\w-]+)\}\}/g, (_, service: string) => String(ports[service]))
    .replaceAll(/\{\{base64 of (.*?)\}\}/g, (_, value: string) => Buffer.from(value).toString("base64"));
  return (JSON.parse(text) as { resources: Resource[] }).resources;
}

/**
 * The same resources with the ids that this sandbox's GitHub has given: it draws them at random, and what has them
 * is the same repository and board.
 */
export function withIdsOf(
  saved: readonly Resource[],
  present: ReadonlyMap<string, Resource>,
): readonly Resource[] {
  const pairs = new Map<string, string>();
  const compare = (before: unknown, now: unknown): void => {
    if (typeof before === "object" && before !== null) {
      for (const [key, value] of Object.entries(before)) compare(value, (now as Fields | undefined)?.[key]);
    } else if (typeof before === "string" && typeof now === "string" && isId.test(before)) {
      pairs.set(before, now);
    }
  };
  for (const { urn, type, outputs } of saved) {
    if (/:(ProjectBoard|RepositoryContents)$/.test(type)) compare(outputs, present.get(urn)?.outputs);
  }
  const text = JSON.stringify(saved);
  return JSON.parse([...pairs].reduce((so, [before, now]) => so.replaceAll(before, now), text)) as Resource[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Ids of a board and its fields, of an option, of a commit. */
const isId = /^(PVT\w*_[\w-]+|[0-9a-f]{8}|[0-9a-f]{40})$/;
