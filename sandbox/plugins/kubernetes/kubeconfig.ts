import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { isObject, objectAt, type Properties, type Value } from "../protocol/values.ts";

/** Where a cluster is and what it takes to speak with it. */
export interface Cluster {
  /** The API server's URL. */
  readonly server: string;
  readonly context: string;
  readonly namespace: string | undefined;
  readonly ca: Buffer | undefined;
  readonly certificate: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly token: string | undefined;
  readonly insecure: boolean;
  readonly serverName: string | undefined;
}

/**
 * The cluster that the provider's settings `kubeconfig` (text or path), `context` and `cluster` name; without
 * them what kubectl would take: $KUBECONFIG, then ~/.kube/config.
 *
 * @throws one line that names the setting and the file
 */
export function readCluster(settings: Properties): Cluster {
  const { config, directory, source } = load(settings["kubeconfig"]);
  const wanted = text(settings["context"]) ?? text(config["current-context"]);
  if (wanted === undefined)
    throw new Error(`${source}: expected a current-context; there is none. Set kubeContext.`);
  const context = named(config, "contexts", "context", wanted, source);
  const clusterName = text(settings["cluster"]) ?? text(context["cluster"]) ?? "";
  const cluster = named(config, "clusters", "cluster", clusterName, source);
  const userName = text(context["user"]);
  const user = userName === undefined ? {} : named(config, "users", "user", userName, source);
  for (const unsupported of ["exec", "auth-provider"]) {
    if (user[unsupported] === undefined) continue;
    throw new Error(
      `${source}: the stand-in cannot log in by ${unsupported} (user ${userName}); use a token or certificate.`,
    );
  }
  const server = text(cluster["server"]);
  if (server === undefined)
    throw new Error(`${source}: expected a server for cluster ${clusterName}; there is none.`);
  const tokenFile = text(user["tokenFile"]);
  return {
    server: server.replace(/\/+$/, ""),
    context: wanted,
    namespace: text(context["namespace"]),
    ca: blob(cluster, "certificate-authority", directory),
    certificate: blob(user, "client-certificate", directory),
    key: blob(user, "client-key", directory),
    token:
      text(user["token"]) ?? (tokenFile && readFileSync(path.resolve(directory, tokenFile), "utf8").trim()),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    serverName: text(cluster["tls-server-name"]),
  };
}

interface Loaded {
  readonly config: Properties;
  /** Relative paths in the file start here. */
  readonly directory: string;
  readonly source: string;
}

function load(setting: Value | undefined): Loaded {
  const given = text(setting);
  if (given !== undefined && (given.includes("\n") || given.trimStart().startsWith("{"))) {
    return { config: parsed(given, "kubeconfig"), directory: process.cwd(), source: "kubeconfig" };
  }
  const candidates = given?.split(path.delimiter) ??
    process.env["KUBECONFIG"]?.split(path.delimiter) ?? ["~/.kube/config"];
  const files = candidates.filter((file) => file !== "").map((file) => file.replace(/^~(?=\/)/, homedir()));
  const file = files.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new Error(
      `kubeconfig: expected a file; ${files.join(", ") || "nothing"} is not there. Set kubeconfig to one.`,
    );
  }
  return {
    config: parsed(readFileSync(file, "utf8"), file),
    directory: path.dirname(path.resolve(file)),
    source: file,
  };
}

function parsed(content: string, source: string): Properties {
  let config: unknown;
  try {
    config = parse(content);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`${source}: expected a kubeconfig in YAML or JSON; ${problem}`, { cause });
  }
  if (!isObject(config as Value)) throw new Error(`${source}: expected a kubeconfig; it holds none.`);
  return config as Properties;
}

function named(config: Properties, list: string, member: string, name: string, source: string): Properties {
  const entries = Array.isArray(config[list]) ? config[list].map(objectAt) : [];
  const entry = entries.find((one) => one["name"] === name);
  if (entry) return objectAt(entry[member]);
  const known = entries.map((one) => text(one["name"])).join(", ") || "none";
  throw new Error(`${source}: expected a ${member} named ${name}; there is ${known}.`);
}

function blob(entry: Properties, key: string, directory: string): Buffer | undefined {
  const data = text(entry[`${key}-data`]);
  if (data !== undefined) return Buffer.from(data, "base64");
  const file = text(entry[key]);
  return file === undefined ? undefined : readFileSync(path.resolve(directory, file));
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
