import { existsSync, readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isKubeconfigContent, kubeconfigPath } from "./cluster.ts";

/** The API server and how to log in to it. */
export interface Access {
  /** Base address, without a slash at the end. */
  readonly server: string;
  readonly options: RequestOptions;
}

interface Named<K extends string, T> {
  readonly name: string;
  readonly entry: T;
  readonly kind: K;
}

/** The parts of a kubeconfig that matter here; everything may be missing in a file written by hand. */
interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly contexts: readonly Named<"context", Fields>[];
  readonly clusters: readonly Named<"cluster", Fields>[];
  readonly users: readonly Named<"user", Fields>[];
}

type Fields = Readonly<Record<string, unknown>>;

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const remedy = "pulumi config set mesh-six:kubeconfig PATH";

/**
 * Finds out how to reach the cluster the settings mean, in the order kubectl does.
 *
 * @param setting - path or content; empty for KUBECONFIG, ~/.kube/config or the pod's own account
 * @param context - empty for the current one
 * @throws Error with one line that says what to set
 */
export async function clusterAccess(setting: string, context: string): Promise<Access> {
  const isContent = isKubeconfigContent(setting);
  const ambient = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const usual = ambient.length > 0 ? ambient : [join(homedir(), ".kube", "config")];
  const paths = isContent ? [] : setting === "" ? usual : [kubeconfigPath(setting)];
  const present = paths.filter((path) => existsSync(path));
  if (!isContent && present.length === 0) {
    const own = setting === "" ? podAccess() : undefined;
    if (own !== undefined) return own;
    throw new Error(
      `mesh-six:kubeconfig: expected a kubeconfig file, got none at ${paths.join(", ")}; ${remedy}`,
    );
  }
  const sources = isContent
    ? [{ text: setting, from: "the setting's content", folder: process.cwd() }]
    : present.map((path) => ({
        text: fileContent(path).toString("utf8"),
        from: path,
        folder: dirname(resolve(path)),
      }));
  const parsed = sources.map(({ text, from, folder }) => read(text, from, folder));
  const merged: Kubeconfig = {
    currentContext: parsed.map((one) => one.currentContext).find((name) => name !== undefined),
    contexts: parsed.flatMap((one) => one.contexts),
    clusters: parsed.flatMap((one) => one.clusters),
    users: parsed.flatMap((one) => one.users),
  };
  return select(
    merged,
    context,
    sources.map(({ text }) => text),
  );
}

function read(text: string, from: string, folder: string): Kubeconfig {
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    throw new Error(
      `mesh-six:kubeconfig: expected YAML, got a syntax error in ${from}; correct it, or ${remedy}`,
      { cause },
    );
  }
  if (!isFields(content))
    throw new Error(`mesh-six:kubeconfig: expected a kubeconfig, got something else in ${from}; ${remedy}`);
  const entries = <K extends string>(list: unknown, kind: K): Named<K, Fields>[] =>
    (Array.isArray(list) ? list : []).filter(isFields).map((item) => ({
      kind,
      name: String(item["name"]),
      entry: isFields(item[kind]) ? { ...item[kind], folder } : { folder },
    }));
  const current = content["current-context"];
  return {
    currentContext: typeof current === "string" && current !== "" ? current : undefined,
    contexts: entries(content["contexts"], "context"),
    clusters: entries(content["clusters"], "cluster"),
    users: entries(content["users"], "user"),
  };
}

async function select(config: Kubeconfig, wanted: string, texts: readonly string[]): Promise<Access> {
  const name = wanted === "" ? config.currentContext : wanted;
  const context = config.contexts.find((one) => one.name === name)?.entry;
  const names = config.contexts.map((one) => one.name).join(", ") || "none";
  if (context === undefined) {
    throw new Error(
      `mesh-six:kubeContext: expected one of the kubeconfig's contexts (${names}), got ${name ?? "none"}; pulumi config set mesh-six:kubeContext NAME`,
    );
  }
  const cluster = config.clusters.find((one) => one.name === context["cluster"])?.entry;
  const user = config.users.find((one) => one.name === context["user"])?.entry ?? {};
  const server = text(cluster, "server");
  if (cluster === undefined || server === undefined || !URL.canParse(server)) {
    throw new Error(
      `mesh-six:kubeconfig: expected the server of context ${name}, got none; correct the file, or ${remedy}`,
    );
  }
  const address = server.replace(/\/$/, "");
  if (
    user["exec"] !== undefined ||
    user["auth-provider"] !== undefined ||
    cluster["proxy-url"] !== undefined
  ) {
    return { server: address, options: await optionsOfClient(texts, name!) };
  }
  const token = text(user, "token") ?? fileOf(user, "tokenFile")?.toString("utf8").trim();
  const basic = text(user, "username") && `${text(user, "username")}:${text(user, "password") ?? ""}`;
  return {
    server: address,
    options: {
      ...given("ca", dataOrFile(cluster, "certificate-authority")),
      ...given("cert", dataOrFile(user, "client-certificate")),
      ...given("key", dataOrFile(user, "client-key")),
      ...given("servername", text(cluster, "tls-server-name")),
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
      ...(basic ? { auth: basic } : {}),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    },
  };
}

/** Log-in by a command, a cloud's own way, or through a proxy: the official client knows them all, but loads slowly. */
async function optionsOfClient(texts: readonly string[], context: string): Promise<RequestOptions> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const client = new KubeConfig();
  for (const [index, content] of texts.entries()) {
    const one = new KubeConfig();
    one.loadFromString(content);
    if (index === 0) client.loadFromString(content);
    else client.mergeConfig(one, true);
  }
  client.setCurrentContext(context);
  const options: RequestOptions = { headers: {} };
  try {
    await client.applyToHTTPSOptions(options);
  } catch (cause) {
    // A parser's message quotes what it read, which may hold the log-in.
    const unreadable = cause instanceof SyntaxError ? "an answer that is no ExecCredential" : undefined;
    const said = unreadable ?? (cause instanceof Error ? cause.message.split("\n")[0] : String(cause));
    throw new Error(
      `mesh-six:kubeconfig: expected to log in as context ${context} says, got ${said}; see that the command it names works, or ${remedy}`,
      { cause },
    );
  }
  return options;
}

function podAccess(): Access | undefined {
  const host = process.env["KUBERNETES_SERVICE_HOST"];
  if (host === undefined || !existsSync(join(serviceAccount, "token"))) return undefined;
  const token = readFileSync(join(serviceAccount, "token"), "utf8").trim();
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${process.env["KUBERNETES_SERVICE_PORT"] ?? "443"}`,
    options: {
      ca: readFileSync(join(serviceAccount, "ca.crt")),
      headers: { authorization: `Bearer ${token}` },
    },
  };
}

function dataOrFile(entry: Fields, key: string): Buffer | undefined {
  const data = text(entry, `${key}-data`);
  return data === undefined ? fileOf(entry, key) : Buffer.from(data, "base64");
}

function fileOf(entry: Fields, key: string): Buffer | undefined {
  const path = text(entry, key);
  return path === undefined ? undefined : fileContent(resolve(text(entry, "folder") ?? "", path));
}

/** Of the kubeconfig, or of a certificate or token that it names by its path. */
function fileContent(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(
      `mesh-six:kubeconfig: expected to read ${path}, got ${code ?? message}; correct the file, or ${remedy}`,
      { cause },
    );
  }
}

function text(entry: Fields | undefined, key: string): string | undefined {
  const value = entry?.[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
