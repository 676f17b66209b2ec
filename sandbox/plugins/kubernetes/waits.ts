import { setTimeout as sleep } from "node:timers/promises";
import { objectAt, textOf, type Properties } from "../protocol/values.ts";
import { ApiError, type Client } from "./client.ts";
import type { Kind } from "./kinds.ts";
import { annotation, describe, idOf, pathOf, placeOf } from "./objects.ts";
import { NeverReady, readinessOf, type Lack } from "./readiness.ts";

/** Seconds the official plugin waits by default. */
const PATIENCE = 600;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;

/** The condition that was still missing when the time was up, or the reason why waiting is of no use. */
export class NotReady extends Error {
  readonly live: Properties;

  constructor(live: Properties, message: string, cause?: unknown) {
    super(message, { cause });
    this.live = live;
  }
}

/** @returns seconds: customTimeouts, else the annotation, else the default */
export function patience(inputs: Properties, customTimeout: number): number {
  if (customTimeout > 0) return customTimeout;
  const annotated = Number(annotation(inputs, "pulumi.com/timeoutSeconds"));
  return annotated > 0 ? annotated : PATIENCE;
}

/**
 * Waits until a written object is ready, by what its inputs or its kind ask for.
 *
 * @param live - as the API server answered the write
 * @returns the ready object
 * @throws NotReady
 */
export async function untilReady(
  client: Client,
  kind: Kind,
  inputs: Properties,
  live: Properties,
  limits: { seconds: number; signal: AbortSignal },
): Promise<Properties> {
  const lacks = readinessOf(inputs);
  if (!lacks) return live;
  const place = placeOf(idOf(live));
  const { signal } = limits;
  const look = (apiVersion: string, path: string) => {
    const namespace = encodeURIComponent(place.namespace ?? "default");
    return client.request({
      method: "GET",
      path: `/apis/${apiVersion}/namespaces/${namespace}/${path}`,
      signal,
    });
  };
  const deadline = Date.now() + limits.seconds * 1000;
  let current = live;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    let lack: Lack;
    try {
      lack = await lacks(current, look);
    } catch (error) {
      if (!(error instanceof NeverReady)) throw error;
      throw new NotReady(current, `${describe(current)} cannot become ready: ${error.message}`, error);
    }
    if (lack === undefined) return current;
    if (Date.now() >= deadline) {
      throw new NotReady(
        current,
        `${describe(current)} is not ready after ${limits.seconds} s: ${lack}. See kubectl describe; then run pulumi up again.`,
      );
    }
    await sleep(pause, undefined, { signal }).catch(() => {
      throw new NotReady(
        current,
        `${describe(current)} is not ready: ${lack}; cancelled while waiting for it.`,
      );
    });
    current = await client.request({ method: "GET", path: pathOf(kind, place), signal });
  }
}

/** Waits until the object with this UID is no more. */
export async function untilGone(
  client: Client,
  path: string,
  uid: unknown,
  limits: { seconds: number; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + limits.seconds * 1000;
  for (let pause = FIRST_PAUSE / 4; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const left = await existing(client, path, limits.signal);
    if (!left || metadataOf(left)["uid"] !== uid) return;
    if (Date.now() >= deadline) {
      const finalizers = metadataOf(left)["finalizers"];
      const held = Array.isArray(finalizers) ? finalizers.map(textOf).join(", ") : "none";
      throw new Error(
        `${describe(left)} is still there ${limits.seconds} s after its deletion; finalizers: ${held}. ` +
          `See to the controller that removes them, then run the command again.`,
      );
    }
    await sleep(pause, undefined, { signal: limits.signal });
  }
}

/** The object at a path, undefined when there is none. */
export async function existing(
  client: Client,
  path: string,
  signal: AbortSignal,
): Promise<Properties | undefined> {
  try {
    return await client.request({ method: "GET", path, signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function metadataOf(object: Properties): Properties {
  return objectAt(object["metadata"]);
}
