import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { parse } from "yaml";
import { KubeconfigError } from "./kubeconfigError.ts";

/** The address of a cluster. */
export interface ClusterAccess {
  /** Path of a kubeconfig file, or its content; empty for KUBECONFIG, ~/.kube/config or the Pod's account. */
  readonly kubeconfig: string;
  /** Context in it; empty for its current one. */
  readonly context: string;
}

/** Fields of an entry of a kubeconfig; everything may be missing in a file written by hand. */
export type Fields = Readonly<Record<string, unknown>>;

/** One context of a kubeconfig, with its cluster and its user. Paths of files in them are absolute. */
export interface Context {
  readonly name: string;
  /** The namespace kubectl uses in this context. */
  readonly namespace: string | undefined;
  /** Base address of the API server, without a slash at the end. */
  readonly server: string;
  readonly cluster: Fields;
  readonly user: Fields;
  /** The kubeconfig files it was read from; none for content and for the Pod's account. */
  readonly files: readonly string[];
  /** Whether an entry names a file by a path relative to its kubeconfig. */
  readonly relative: boolean;
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const remedy = "pulumi config set mesh-six:kubeconfig PATH";
const correct = `correct the file, or ${remedy}`;

/** Whether the setting is a kubeconfig itself, in YAML or as JSON on one line, rather than the path of one. */
export function isKubeconfigContent(setting: string): boolean {
  return /[\n{]/.test(setting);
}

/** The paths in KUBECONFIG, or else the usual one. */
function ambientPaths(): string[] {
  const listed = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return (listed.length > 0 ? listed : ["~/.kube/config"]).map(expanded);
}

/** No shell has seen a path that is written in a file of settings. */
function expanded(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}

/**
 * Finds the context that the access names, as kubectl does. Several files in KUBECONFIG are merged: the first file
 * that has an entry of a name, or a current context, wins.
 *
 * @param cluster - name of the cluster's entry; left out for the context's own
 * @throws Error with one line that says what to set
 */
export function readContext({ kubeconfig, context }: ClusterAccess, cluster?: string): Context {
  if (isKubeconfigContent(kubeconfig)) {
    const content = parsed(kubeconfig, "the setting's content", process.cwd());
    return chosen([content], { context, cluster, files: [] });
  }
  const paths = kubeconfig === "" ? ambientPaths() : [expanded(kubeconfig)];
  const files = paths.filter((path) => existsSync(path)).map((path) => resolve(path));
  if (files.length === 0) {
    const own = kubeconfig === "" ? ofPod() : undefined;
    if (own !== undefined) return own;
    throw new KubeconfigError({ expected: "a kubeconfig file", got: `none at ${paths.join(", ")}`, remedy });
  }
  // As kubectl does, an empty file beside others counts as one without entries.
  const contents = files.flatMap((file) => {
    const text = readWhole(file).toString("utf8");
    return text.trim() === "" && files.length > 1 ? [] : [parsed(text, file, dirname(file))];
  });
  return chosen(contents, { context, cluster, files });
}

/** A kubeconfig with this context alone, as JSON. May hold secrets. */
export function kubeconfigOf({ name, namespace, server, cluster, user }: Context): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { ...cluster, server } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...given("namespace", namespace) } }],
    "current-context": name,
  });
}

/** The content of `KEY-data`, or of the file that `KEY` names. @throws Error with one line */
export function dataOrFile(entry: Fields, key: string): Buffer | undefined {
  const data = textOf(entry, `${key}-data`);
  return data === undefined ? fileOf(entry, key) : Buffer.from(data, "base64");
}

/** The content of the file that the key names. @throws Error with one line */
export function fileOf(entry: Fields, key: string): Buffer | undefined {
  const path = textOf(entry, key);
  return path === undefined ? undefined : readWhole(path);
}

export function textOf(entry: Fields, key: string): string | undefined {
  const value = entry[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One kubeconfig. */
interface Content {
  readonly fields: Fields;
  /** Relative paths in it start here. */
  readonly folder: string;
}

function parsed(text: string, from: string, folder: string): Content {
  let fields: unknown;
  try {
    fields = parse(text);
  } catch (cause) {
    const got = `a syntax error in ${from}`;
    throw new KubeconfigError({ expected: "YAML", got, remedy: `correct it, or ${remedy}` }, { cause });
  }
  if (!isFields(fields))
    throw new KubeconfigError({ expected: "a kubeconfig", got: `something else in ${from}`, remedy });
  return { fields, folder };
}

function chosen(
  contents: readonly Content[],
  wanted: {
    readonly context: string;
    readonly cluster: string | undefined;
    readonly files: readonly string[];
  },
): Context {
  const entries = (kind: "context" | "cluster" | "user") =>
    contents.flatMap(({ fields, folder }) =>
      listOf(fields[`${kind}s`]).map((item) => ({
        name: String(item["name"]),
        folder,
        entry: isFields(item[kind]) ? item[kind] : {},
      })),
    );
  const current = contents.map(({ fields }) => textOf(fields, "current-context")).find(Boolean);
  const name = wanted.context === "" ? current : wanted.context;
  const contexts = entries("context");
  const context = contexts.find((one) => one.name === name);
  if (context === undefined || name === undefined) {
    const names = contexts.map((one) => one.name).join(", ") || "none";
    throw new KubeconfigError({
      setting: "kubeContext",
      expected: `one of the kubeconfig's contexts (${names})`,
      got: name ?? "none",
      remedy: "pulumi config set mesh-six:kubeContext NAME",
    });
  }
  const clusterName = wanted.cluster ?? context.entry["cluster"];
  const cluster = entries("cluster").find((one) => one.name === clusterName);
  const user = entries("user").find((one) => one.name === context.entry["user"]);
  const server = textOf(cluster?.entry ?? {}, "server");
  if (cluster === undefined || server === undefined || !URL.canParse(server)) {
    const expected = `the server of context ${name}`;
    throw new KubeconfigError({ expected, got: "none", remedy: correct });
  }
  const located = [cluster, user ?? { entry: {}, folder: "" }].map(({ entry, folder }) =>
    locate(entry, folder),
  );
  return {
    name,
    namespace: textOf(context.entry, "namespace"),
    server: server.replace(/\/+$/, ""),
    cluster: located[0]!.entry,
    user: located[1]!.entry,
    files: wanted.files,
    relative: located.some(({ relative }) => relative),
  };
}

/** Makes the paths in an entry absolute. A command without a slash is looked up on PATH, so it stays. */
function locate(entry: Fields, folder: string): { readonly entry: Fields; readonly relative: boolean } {
  let relative = false;
  const absolute = (path: string) => {
    const meant = expanded(path);
    relative ||= meant !== path || !isAbsolute(meant);
    return resolve(folder, meant);
  };
  const located: Record<string, unknown> = { ...entry };
  for (const key of ["certificate-authority", "client-certificate", "client-key", "tokenFile"]) {
    const path = textOf(entry, key);
    if (path !== undefined) located[key] = absolute(path);
  }
  const { exec } = entry;
  const command = isFields(exec) ? textOf(exec, "command") : undefined;
  if (isFields(exec) && command?.includes(sep)) located["exec"] = { ...exec, command: absolute(command) };
  return { entry: located, relative };
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** The account that Kubernetes gives to a Pod; undefined outside of one. */
function ofPod(): Context | undefined {
  const host = process.env["KUBERNETES_SERVICE_HOST"];
  const tokenFile = join(serviceAccount, "token");
  if (host === undefined || !existsSync(tokenFile)) return undefined;
  const port = process.env["KUBERNETES_SERVICE_PORT"] ?? "443";
  return {
    name: "in-cluster",
    namespace: undefined,
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    cluster: { "certificate-authority": join(serviceAccount, "ca.crt") },
    user: { tokenFile },
    files: [],
    relative: false,
  };
}

/** Reads the kubeconfig, or a certificate or token that it names by its path. */
function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const expected = `to read ${path}`;
    throw new KubeconfigError({ expected, got: code ?? message, remedy: correct }, { cause });
  }
}
