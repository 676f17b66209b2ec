import * as pulumi from "@pulumi/pulumi";
import type { ClusterObject } from "../../lib/kubernetes/cluster.ts";
import { memberPath } from "../../lib/kubernetes/fieldSet.ts";

/** An object of any kind, as the cluster has it or the program declares it. */
export interface AnyObject extends ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** A declaration as far as it is known. */
export interface Declaration {
  /** Values that are not known are as they are in the cluster, or left out. */
  readonly object: AnyObject;
  /** Paths of the values that are not known. */
  readonly later: readonly string[];
}

/** Stands for a value that is not known yet. */
const unknown = Symbol("not known yet");

/** Resolves a resource's inputs, secrets in plain; what only the update knows stays marked as not known. */
export async function resolved(inputs: unknown): Promise<unknown> {
  return deeply(inputs, (output) => outputValue(output));
}

/**
 * The same, waiting for nothing: whatever another resource has to be made for is not known. So a declaration can be
 * looked at before the first resource is made.
 */
export async function resolvedAtOnce(inputs: unknown): Promise<unknown> {
  return deeply(inputs, (output) => {
    const soon = new Promise<unknown>((resolve) => setTimeout(() => resolve(unknown), 0));
    return Promise.race([outputValue(output), soon]);
  });
}

async function deeply(value: unknown, valueOf: (output: unknown) => Promise<unknown>): Promise<unknown> {
  if (value === unknown || pulumi.isUnknown(value)) return unknown;
  if (pulumi.Output.isInstance(value) || value instanceof Promise)
    return deeply(await valueOf(value), valueOf);
  if (Array.isArray(value)) return Promise.all(value.map((item) => deeply(item, valueOf)));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    await Promise.all(
      members.map(async ([name, member]) => [name, await deeply(member, valueOf)] as [string, unknown]),
    ),
  );
}

/** The SDK's own way to the value of an Output, unknown ones included. */
async function outputValue(output: unknown): Promise<unknown> {
  if (output instanceof Promise) return output;
  const { promise, isKnown } = output as {
    readonly promise: (withUnknowns: boolean) => Promise<unknown>;
    readonly isKnown: Promise<boolean>;
  };
  const value = await promise(true);
  // A value derived from an unknown one is not known either, and the SDK then has none.
  return value === undefined && !(await isKnown) ? unknown : value;
}

/** Puts into the places of unknown values what is there in the cluster. */
export function completed(inputs: unknown, live: AnyObject | undefined): Declaration {
  const later: string[] = [];
  const object = fill(inputs, live, "", later);
  return { object: object as AnyObject, later };
}

function fill(value: unknown, live: unknown, path: string, later: string[]): unknown {
  if (value === unknown) {
    later.push(path);
    return live;
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const name = nameOf(item);
      const other = Array.isArray(live)
        ? (live as unknown[]).find((each, at) => (name === undefined ? at === index : nameOf(each) === name))
        : undefined;
      const part = fill(item, other, `${path}[${name ?? String(index)}]`, later);
      return part === undefined ? [] : [part];
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = (typeof live === "object" && live !== null ? live : {}) as Readonly<Record<string, unknown>>;
  const members = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const part = fill(member, fields[name], memberPath(path, name), later);
    return part === undefined ? [] : [[name, part]];
  });
  return Object.fromEntries(members);
}

/** Members by which the API server tells the items of a list apart; their values are no secrets. */
const keys = new Set(["name", "containerPort", "port", "protocol", "mountPath", "devicePath", "ip", "type"]);

/** The structure of resolved inputs without their values: `true` stands for a value, and for what is not known. */
export function shapeOf(inputs: unknown, isItem = false): unknown {
  if (Array.isArray(inputs)) {
    const items: readonly unknown[] = inputs;
    return items.every((item) => typeof item === "object" && item !== null)
      ? items.map((item) => shapeOf(item, true))
      : true;
  }
  if (typeof inputs !== "object" || inputs === null) return true;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, member]) => [
      name,
      isItem && keys.has(name) && member !== unknown ? (member as unknown) : shapeOf(member),
    ]),
  );
}

function nameOf(item: unknown): string | undefined {
  const name = (item as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}
