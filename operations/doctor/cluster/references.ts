import type { Manifest } from "./overlay.ts";

/** One need of a Secret, and who has it. */
export interface Reference {
  readonly secret: string;
  /** Undefined where the whole Secret is taken. */
  readonly key: string | undefined;
  /** As in `Deployment llm-service`. */
  readonly by: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Kinds that run Pods, and Dapr's components; other kinds use the same words for other things. */
export const readers = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "Component"];

/** Every Secret, and key in it, that the objects cannot do without. */
export function secretReferences(objects: readonly Manifest[]): Reference[] {
  const reading = objects.filter(
    ({ kind, auth }) => readers.includes(kind) && (auth?.secretStore ?? "kubernetes") === "kubernetes",
  );
  return reading.flatMap((object) => {
    const by = `${object.kind} ${object.metadata.name}`;
    const found = [...nodes(object.spec)].flatMap((node) => ofNode(node));
    return found.map((reference) => ({ ...reference, by }));
  });
}

/** The places in which Pods and Dapr components name Secrets, wherever in the object they are. */
function ofNode(node: Fields): Omit<Reference, "by">[] {
  const found: Omit<Reference, "by">[] = [];
  const key = fields(node["secretKeyRef"]);
  if (key !== undefined && key["optional"] !== true) {
    const name = text(key["name"]);
    // Dapr leaves the key out where it is the name's.
    if (name !== undefined) found.push({ secret: name, key: text(key["key"]) ?? name });
  }
  const whole = fields(node["secretRef"]);
  if (whole !== undefined && whole["optional"] !== true) found.push(...named(whole["name"]));
  const volume = fields(node["secret"]);
  if (volume !== undefined && volume["optional"] !== true) {
    const name = text(volume["secretName"]) ?? text(volume["name"]);
    const items = Array.isArray(volume["items"]) ? volume["items"].map(fields) : [undefined];
    for (const item of items) if (name !== undefined) found.push({ secret: name, key: text(item?.["key"]) });
  }
  const pulls = node["imagePullSecrets"];
  for (const pull of Array.isArray(pulls) ? pulls : []) found.push(...named(fields(pull)?.["name"]));
  return found;
}

function named(name: unknown): Omit<Reference, "by">[] {
  const secret = text(name);
  return secret === undefined ? [] : [{ secret, key: undefined }];
}

/** Every structure within a structure, itself included. */
export function* nodes(value: unknown): Generator<Fields> {
  if (Array.isArray(value)) {
    for (const member of value) yield* nodes(member);
    return;
  }
  const node = fields(value);
  if (node === undefined) return;
  yield node;
  for (const field of Object.values(node)) yield* nodes(field);
}

export function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
