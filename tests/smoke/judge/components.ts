import { isValues, textAt } from "../../live/values.ts";

/** A Dapr Component as the cluster holds it. */
export interface ComponentObject {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly type?: string; readonly version?: string };
  /** Apps that see it; all of them where there is none. */
  readonly scopes?: readonly string[];
}

/**
 * The faults in a sidecar's list of loaded components.
 *
 * @param metadata - the answer of /v1.0/metadata
 * @param app - the app id of the sidecar's pod
 * @param declared - the Components that the program declares
 */
export function componentTroubles(
  metadata: unknown,
  app: string,
  declared: readonly ComponentObject[],
): readonly string[] {
  const list = isValues(metadata) ? (metadata["components"] ?? metadata["registeredComponents"]) : undefined;
  if (!Array.isArray(list)) return ["its metadata lists no components"];
  const id = textAt(metadata, "id");
  if (id !== undefined && id !== app) return [`its metadata is that of ${id}`];
  const loaded = new Map(list.map((entry: unknown) => [textAt(entry, "name"), entry]));
  return declared
    .filter(({ scopes }) => scopes === undefined || scopes.length === 0 || scopes.includes(app))
    .flatMap(({ metadata: own, spec }) => {
      const name = own?.name ?? "";
      const entry = loaded.get(name);
      if (entry === undefined) return [`${name} is not loaded`];
      const type = textAt(entry, "type");
      if (spec?.type !== undefined && type !== undefined && type !== spec.type) {
        return [`${name} is loaded as ${type}, expected ${spec.type}`];
      }
      return [];
    });
}
