import type { RequestOptions } from "node:https";
import { type Credential, execCredential } from "./execCredential.ts";
import {
  type ClusterAccess,
  type Context,
  dataOrFile,
  type Fields,
  fileOf,
  given,
  isFields,
  kubeconfigOf,
  readContext,
  textOf,
} from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfigError.ts";
import { ProblemError } from "../text/problem.ts";

/** The API server and how to log in to it. */
export interface Access {
  /** Base address, without a slash at the end. */
  readonly server: string;
  readonly options: RequestOptions;
}

/**
 * Finds the cluster and logs in to it, in kubectl's order.
 *
 * @param kubeconfig - path or content; empty for KUBECONFIG, ~/.kube/config or the Pod's own account
 * @param context - empty for the current one
 * @throws Error with one line that says what to set
 */
export async function clusterAccess(kubeconfig: string, context: string): Promise<Access> {
  return logIn(readContext({ kubeconfig, context } satisfies ClusterAccess));
}

/** @throws Error with one line */
export async function logIn(context: Context): Promise<Access> {
  const { server, cluster, user } = context;
  const options = await optionsOf(context);
  const address = URL.parse(server);
  // Importing node:http evaluates all of its exports, a WebSocket and its client too: only where it is needed.
  const { Agent } = address?.protocol === "https:" ? await import("node:https") : await import("node:http");
  const basic = textOf(user, "username") && `${textOf(user, "username")}:${textOf(user, "password") ?? ""}`;
  const headers = Object.fromEntries(
    Object.entries((options.headers ?? {}) as Record<string, string>).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  return {
    server,
    options: {
      ...options,
      ...given("servername", textOf(cluster, "tls-server-name")),
      agent: options.agent ?? new Agent({ keepAlive: true }),
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
      ...(basic ? { auth: basic } : {}),
      headers: { ...headers, ...impersonation(user) },
    },
  };
}

async function optionsOf(context: Context): Promise<RequestOptions> {
  const { cluster, name, user } = context;
  try {
    // A cloud's own way to log in, or a proxy: the official client knows them all, but loads slowly.
    if (user["auth-provider"] !== undefined) return await optionsOfClient(context);
    const { exec } = user;
    const credential = isFields(exec) ? await execCredential(exec, context) : filesOf(user);
    if (cluster["proxy-url"] !== undefined)
      return await optionsOfClient({ ...context, user: inPlain(credential) });
    const { token, certificate, key } = credential;
    return {
      ...given("ca", dataOrFile(cluster, "certificate-authority")),
      ...given("cert", certificate),
      ...given("key", key),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    };
  } catch (cause) {
    if (cause instanceof KubeconfigError) throw cause;
    const message = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
    throw new ProblemError(
      {
        said: `mesh-six:kubeconfig: expected to log in as context ${name} says, got ${message}`,
        remedy: "see that the command it names works, or pulumi config set mesh-six:kubeconfig PATH",
      },
      { cause },
    );
  }
}

function filesOf(user: Fields): Credential {
  return {
    token: textOf(user, "token") ?? fileOf(user, "tokenFile")?.toString("utf8").trim(),
    certificate: dataOrFile(user, "client-certificate"),
    key: dataOrFile(user, "client-key"),
  };
}

function inPlain({ token, certificate, key }: Credential): Fields {
  return {
    ...given("token", token),
    ...given("client-certificate-data", certificate?.toString("base64")),
    ...given("client-key-data", key?.toString("base64")),
  };
}

async function optionsOfClient(context: Context): Promise<RequestOptions> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const client = new KubeConfig();
  client.loadFromString(kubeconfigOf(context));
  const options: RequestOptions = { headers: {} };
  await client.applyToHTTPSOptions(options);
  return options;
}

/** `as`, `as-groups`, `as-uid` and `as-user-extra`: the user that the API server is asked to take us for. */
function impersonation(user: Fields): Record<string, string | string[]> {
  const groups = user["as-groups"];
  const extra = user["as-user-extra"];
  return {
    ...given("impersonate-user", textOf(user, "as")),
    ...given("impersonate-uid", textOf(user, "as-uid")),
    ...(Array.isArray(groups) && groups.length > 0 ? { "impersonate-group": groups.map(String) } : {}),
    ...Object.fromEntries(
      Object.entries(isFields(extra) ? extra : {}).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key)}`.toLowerCase(),
        Array.isArray(values) ? values.map(String) : String(values),
      ]),
    ),
  };
}
