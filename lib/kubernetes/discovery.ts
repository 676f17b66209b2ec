import type { Access } from "./login.ts";
import { ApiError, send } from "./request.ts";

/** A kind that the cluster serves. */
export interface ServedKind {
  /** `GROUP/VERSION`, or the version alone for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  /** As in paths and in RBAC: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Such as get, list, create, patch, delete. */
  readonly verbs: readonly string[];
}

/** By server and apiVersion. A kind that is not there is asked for again: a CRD may come later. */
const known = new Map<string, Promise<readonly ServedKind[]>>();

/** The cluster's discovery of the kind; undefined where it does not serve the kind. @throws ApiError */
export async function servedKind(
  access: Access,
  apiVersion: string,
  kind: string,
): Promise<ServedKind | undefined> {
  const key = `${access.server} ${apiVersion}`;
  let asked = known.get(key);
  if (asked === undefined) {
    asked = resourcesOf(access, apiVersion);
    known.set(key, asked);
  }
  const found = await asked.then(
    (kinds) => kinds.find((one) => one.kind === kind),
    (error: unknown) => {
      known.delete(key);
      throw error;
    },
  );
  if (found === undefined) known.delete(key);
  return found;
}

/** Every kind that is served, each in the version that its group prefers. @throws ApiError */
export async function servedKindsOf(access: Access): Promise<readonly ServedKind[]> {
  const { groups } = await send<{ readonly groups: readonly Group[] }>(access, { path: "/apis" });
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  // An aggregated API whose server is away answers 503: the kinds of the others are there all the same.
  const each = versions.map((version) =>
    resourcesOf(access, version).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 503) return [];
      throw error;
    }),
  );
  return (await Promise.all(each)).flat();
}

/** Path of the kind's collection; of all namespaces where none is given. */
export function collectionPath({ apiVersion, plural, namespaced }: ServedKind, namespace?: string): string {
  const group = groupPath(apiVersion);
  return namespaced && namespace !== undefined && namespace !== ""
    ? `${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${group}/${plural}`;
}

interface Group {
  readonly preferredVersion: { readonly groupVersion: string };
}

async function resourcesOf(access: Access, apiVersion: string): Promise<readonly ServedKind[]> {
  const list = await send<ResourceList>(access, { path: groupPath(apiVersion) }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return { resources: [] };
    throw error;
  });
  // Subresources such as deployments/scale are listed too.
  return list.resources
    .filter(({ name }) => !name.includes("/"))
    .map(({ name, kind, namespaced, verbs }) => ({
      apiVersion,
      kind,
      plural: name,
      namespaced,
      verbs: verbs ?? [],
    }));
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs?: readonly string[];
  }[];
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
