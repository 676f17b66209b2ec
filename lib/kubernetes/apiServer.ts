import type { Access } from "./kubeconfig.ts";

/** A kind of the cluster, in full. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What the API server said, with its status. */
export class ApiServerError extends Error {
  override readonly name = "ApiServerError";
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** All groups and kinds in one answer (since Kubernetes 1.27); older servers answer with the groups alone. */
const aggregated = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/** The kinds the cluster serves beyond the core ones; `kind` is "*" where only the group's version is known. */
export async function servedKinds(access: Access): Promise<Kind[]> {
  const answer = (await send(access, "/apis", `${aggregated},application/json`)) as Discovery;
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

/** Data of a Secret. @throws ApiServerError with status 404 when there is none */
export async function readSecretData(
  access: Access,
  namespace: string,
  name: string,
): Promise<Record<string, Buffer>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const { data } = (await send(access, path, "application/json")) as { data?: Record<string, string> };
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]),
  );
}

/** What is at a path of the API; undefined when there is nothing. @throws ApiServerError */
export async function readObject<T>(access: Access, path: string): Promise<T | undefined> {
  try {
    return (await send(access, path, "application/json")) as T;
  } catch (error) {
    if (error instanceof ApiServerError && error.status === 404) return undefined;
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
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: attributes },
  };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { status } = (await send(access, path, "application/json", review)) as {
    status?: { allowed?: boolean };
  };
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

/** One GET, or a POST of what is given, answered within ten seconds. */
async function send(access: Access, path: string, accept: string, content?: object): Promise<unknown> {
  const url = `${access.server}${path}`;
  // Importing node:http evaluates all of its exports, a WebSocket and its client too: only where it is needed.
  const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  const headers = {
    ...access.options.headers,
    accept,
    ...(content === undefined ? {} : { "content-type": "application/json" }),
  } as Record<string, string>;
  const method = content === undefined ? "GET" : "POST";
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const outgoing = request(url, { ...access.options, method, headers, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 10 s")));
    outgoing.on("error", reject);
    outgoing.end(content === undefined ? undefined : JSON.stringify(content));
  }).catch((cause: unknown) => {
    throw new ApiServerError(reason(cause), undefined, { cause });
  });
  if (status >= 400) throw new ApiServerError(`status ${status}`, status);
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new ApiServerError("an answer that is not a Kubernetes API server's", undefined, { cause });
  }
}

function reason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reason(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
