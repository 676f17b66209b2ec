import type { Access } from "./login.ts";
import { ApiError, send } from "./request.ts";

/** A kind of the cluster, in full. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** All groups and kinds in one answer (since Kubernetes 1.27); older servers answer with the groups alone. */
const aggregated = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/** Milliseconds for which an answer is waited for: a person sits before it. */
const patience = 10_000;

/**
 * The kinds the cluster serves beyond the core ones, by one request; `kind` is "*" where only the group's version is
 * known.
 *
 * @throws ApiError
 */
export async function servedKinds(access: Access): Promise<Kind[]> {
  const accept = `${aggregated},application/json`;
  const answer = await send<Discovery>(access, { path: "/apis", accept, patience });
  const ofItems = (answer.items ?? []).flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(({ responseKind }) => ({
        group: metadata.name,
        version,
        kind: responseKind?.kind ?? "",
      })),
    ),
  );
  const ofGroups = (answer.groups ?? []).flatMap(({ name, versions }) =>
    versions.map(({ version }) => ({ group: name, version, kind: "*" })),
  );
  return [...ofItems, ...ofGroups];
}

/** Data of a Secret. @throws ApiError with status 404 when there is none */
export async function readSecretData(
  access: Access,
  namespace: string,
  name: string,
): Promise<Record<string, Buffer>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const { data } = await send<{ data?: Record<string, string> }>(access, { path, patience });
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]),
  );
}

/** Reads the object at a path of the API; undefined when there is nothing. @throws ApiError */
export async function readObject<T>(access: Access, path: string): Promise<T | undefined> {
  try {
    return await send<T>(access, { path, patience });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** A kind's resources, as RBAC speaks of them. */
export interface ResourceAttributes {
  /** Empty for the core group. */
  readonly group: string;
  /** Plural, as in `deployments`. */
  readonly resource: string;
  /** Left out for what lies in no namespace. */
  readonly namespace?: string;
  readonly verb: string;
  readonly name?: string;
}

/** Whether the API server would allow it to this user: asked by SelfSubjectAccessReview, which keeps nothing. */
export async function isAllowed(access: Access, attributes: ResourceAttributes): Promise<boolean> {
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: attributes },
  };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { status } = await send<{ status?: { allowed?: boolean } }>(access, {
    method: "POST",
    path,
    body,
    patience,
  });
  return status?.allowed === true;
}

interface Discovery {
  readonly items?: readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly { readonly responseKind?: { readonly kind: string } }[];
    }[];
  }[];
  readonly groups?: readonly {
    readonly name: string;
    readonly versions: readonly { readonly version: string }[];
  }[];
}
