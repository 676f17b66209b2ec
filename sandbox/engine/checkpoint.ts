import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SandboxDirectory } from "../place/directory.ts";
import { secretSignature } from "../../lib/pulumi/sentinels.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { readJson } from "../../lib/process/files.ts";
import { stackName } from "./operations.ts";
import { shortType } from "./progressReader.ts";

interface Checkpoint {
  readonly checkpoint?: {
    readonly latest?: {
      readonly resources?: readonly Resource[];
      readonly pending_operations?: readonly { readonly resource: Pick<Resource, "urn"> }[];
    };
  };
}

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly delete?: boolean;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The stack as the file backend keeps it, or undefined before the first operation. */
function checkpoint(directory: SandboxDirectory) {
  return readJson<Checkpoint>(directory.checkpoint(stackName))?.checkpoint?.latest;
}

/**
 * Puts right what a kill leaves of the file backend's files. Beside the checkpoint lies a file of its attributes, and
 * one of these that is empty or cut makes every command fail with `failed to load checkpoint: EOF`; without it the backend goes
 * on. An empty checkpoint itself has the one of before beside it.
 */
export function mendCheckpoint(directory: SandboxDirectory, say: (line: string) => void): void {
  const path = directory.checkpoint(stackName);
  const folder = dirname(path);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.endsWith(".attrs") && !isJson(join(folder, name))) rmSync(join(folder, name));
  }
  const before = `${path}.bak`;
  if (!isEmpty(path) || !existsSync(before) || isEmpty(before)) return;
  copyFileSync(before, path);
  say("The stack's checkpoint was emptied by a kill: the one before it takes its place.");
}

function isJson(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch {
    return false;
  }
}

function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0;
}

/** The number of resources of each kind in the stack, providers and components aside. */
export function countByKind(directory: SandboxDirectory): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, custom, delete: leaving } of checkpoint(directory)?.resources ?? []) {
    if (!custom || leaving || type.startsWith("pulumi:providers:")) continue;
    const kind = shortType(type);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => a.localeCompare(b)));
}

/** URNs of all that the stack knows of, also of what it does not know the end of. */
export function knownUrns(directory: SandboxDirectory): ReadonlySet<string> {
  const { resources = [], pending_operations = [] } = checkpoint(directory) ?? {};
  return new Set([...resources, ...pending_operations.map(({ resource }) => resource)].map(({ urn }) => urn));
}

/** The stack's outputs as text, those that are secret left out. */
export function plainOutputs(directory: SandboxDirectory): [string, string][] {
  const stack = checkpoint(directory)?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  return Object.entries(stack?.outputs ?? {}).flatMap(([name, value]) =>
    JSON.stringify(value).includes(secretSignature) || isUnknown(value)
      ? []
      : [[name, typeof value === "string" ? value : JSON.stringify(value)] as [string, string]],
  );
}
