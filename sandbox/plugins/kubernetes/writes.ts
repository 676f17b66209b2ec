import { setTimeout as sleep } from "node:timers/promises";
import type { Execution } from "../protocol/plugin.ts";
import { isObject, objectAt, textOf, type Properties } from "../protocol/values.ts";
import { ApiError, type Client } from "./client.ts";
import { type Kind, type Kinds, UnknownKind } from "./kinds.ts";
import { annotation, idOf, pathOf, placeOf } from "./objects.ts";
import { takeOver } from "./ownership.ts";

const APPLY = "application/apply-patch+yaml";
/** Under which the official plugin creates; the first apply then takes the fields over. */
const CREATOR = "pulumi-kubernetes";
/**
 * The number of requests for a kind that is not served yet: about 15 s in all, enough for a CRD of the same program.
 */
const KIND_RETRIES = 5;

/** Sends objects to one API server. */
export class Writer {
  readonly #client: Client;
  readonly #kinds: Kinds;
  readonly #force: boolean;

  /** @param force - whether applies take over others' fields where the object's annotation does not say */
  constructor(client: Client, kinds: Kinds, force: boolean) {
    this.#client = client;
    this.#kinds = kinds;
    this.#force = force;
  }

  /** The kind, waited for if it is about to be served. */
  async kindOf(
    object: Properties,
    { preview, signal }: Pick<Execution, "preview" | "signal">,
  ): Promise<Kind> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#kinds.find(textOf(object["apiVersion"]), textOf(object["kind"]), signal);
      } catch (error) {
        if (preview || attempt === KIND_RETRIES || !(error instanceof UnknownKind)) throw error;
        await sleep(500 * 2 ** attempt, undefined, { signal });
      }
    }
  }

  /** @throws ApiError AlreadyExists */
  create(kind: Kind, object: Properties, { preview, signal }: Execution): Promise<Properties> {
    const query = { ...(preview && { dryRun: "All" }), fieldManager: CREATOR };
    const { namespace } = placeOf(idOf(object));
    const path = pathOf(kind, { namespace }, query);
    return this.#client.request({ method: "POST", path, body: object, signal });
  }

  /**
   * Server-side apply.
   *
   * @throws ApiError Conflict when other managers own a field and it is not forced
   */
  apply(
    kind: Kind,
    object: Properties,
    manager: string,
    execution: Execution,
    force = false,
  ): Promise<Properties> {
    const { preview, signal } = execution;
    const annotated = annotation(object, "pulumi.com/patchForce");
    const forced = force || (annotated === undefined ? this.#force : annotated === "true");
    const query = { ...(preview && { dryRun: "All" }), fieldManager: manager, force: String(forced) };
    const path = pathOf(kind, placeOf(idOf(object)), query);
    return this.#client.request({ method: "PATCH", path, body: object, contentType: APPLY, signal });
  }

  /**
   * Server-side apply over what was created or edited by hand before.
   *
   * @param live - the object as it is
   */
  async update(
    kind: Kind,
    object: Properties,
    live: Properties,
    manager: string,
    run: Execution,
  ): Promise<Properties> {
    const managedFields = takeOver(live, manager);
    if (!managedFields) return this.apply(kind, object, manager, run);
    if (!run.preview) {
      const resourceVersion = objectAt(live["metadata"])["resourceVersion"] ?? null;
      const body = [
        { op: "replace", path: "/metadata/managedFields", value: managedFields },
        // With a version that has passed the API server refuses, rather than losing another's entry.
        { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      ];
      const path = pathOf(kind, placeOf(idOf(object)));
      const contentType = "application/json-patch+json";
      await this.#client.request({ method: "PATCH", path, body, contentType, signal: run.signal });
      return this.apply(kind, object, manager, run);
    }
    try {
      return await this.apply(kind, object, manager, run);
    } catch (error) {
      if (!(error instanceof ApiError) || !this.#onlyWithTaken(error, live, manager)) throw error;
      return this.apply(kind, object, manager, run, true);
    }
  }

  /** Whether all conflicts are with managers whose fields an update would have taken over before. */
  #onlyWithTaken(error: ApiError, live: Properties, manager: string): boolean {
    const remaining = new Set((takeOver(live, manager) ?? []).map((entry) => textOf(entry["manager"])));
    const owners = objectAt(live["metadata"])["managedFields"];
    const taken = (Array.isArray(owners) ? owners.filter(isObject) : [])
      .map((entry) => textOf(entry["manager"]))
      .filter((owner) => !remaining.has(owner));
    return (
      error.causes.length > 0 &&
      error.causes.every((cause) => taken.some((owner) => (cause.message ?? "").includes(`"${owner}"`)))
    );
  }
}
