import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Arguments } from "./arguments.ts";
import { refuseWhileInUse, withdrawWritten } from "./changedServices.ts";
import { UsageError } from "../../lib/cli/commandLine.ts";
import { readContext } from "../../lib/kubernetes/kubeconfig.ts";
import { KubeconfigError } from "../../lib/kubernetes/kubeconfigError.ts";
import { ConnectionStringError, parseConnection, type Connection } from "../../lib/postgres/connection.ts";
import { databaseUrl, type SslMode } from "../../lib/postgres/url.ts";
import type { ExistingServices } from "../place/credentials.ts";
import type { Sandbox } from "../place/sandbox.ts";

/** The word by which one returns to the sandbox's own service. */
const own = "own";

/** Keeps what the person brings or chooses, for this and every later command. */
export function rememberExisting(sandbox: Sandbox, flags: Arguments["flags"]): void {
  const { kubeconfig, context, argocd } = flags;
  if (argocd !== undefined) {
    if (argocd !== "real" && argocd !== "stand-in")
      throw new UsageError(`--argocd is "${argocd}"; expected real or stand-in.`);
    const brings =
      kubeconfig === undefined ? sandbox.credentials.existing.kubeconfig !== undefined : kubeconfig !== own;
    if (argocd === "real" && brings)
      throw new UsageError(
        "--argocd real goes with the sandbox's own cluster, and a cluster is brought: add --kubeconfig own.",
      );
  }
  const databaseUrl = flags["database-url"];
  const githubUrl = flags["github-url"];
  const next: { -readonly [name in keyof ExistingServices]: ExistingServices[name] } = {
    ...sandbox.credentials.existing,
  };
  if (kubeconfig === own) delete next.kubeconfig;
  else if (kubeconfig !== undefined) next.kubeconfig = readKubeconfig(resolve(kubeconfig), context);
  if (databaseUrl === own) delete next.databaseUrl;
  else if (databaseUrl !== undefined) next.databaseUrl = checkedDatabaseUrl(databaseUrl);
  if (githubUrl === own) delete next.github;
  else if (githubUrl !== undefined)
    next.github = { url: checkedGithubUrl(githubUrl), token: requiredToken() };
  refuseWhileInUse(sandbox, next);
  withdrawWritten(sandbox, next);
  if (argocd !== undefined) sandbox.credentials.argocd = argocd;
  if (!isDeepStrictEqual(sandbox.credentials.existing, next)) sandbox.credentials.existing = next;
}

function readKubeconfig(path: string, wanted = ""): { path: string; context: string } {
  try {
    return { path, context: readContext({ kubeconfig: path, context: wanted }).name };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    const { setting, expected, got } = error;
    const flag = setting === "kubeContext" ? "--context" : "--kubeconfig";
    throw new UsageError(`${flag}: expected ${expected}, got ${got}.`, { cause: error });
  }
}

const sslModes = ["disable", "require", "verify-ca", "verify-full"];

/** The settings that a sandbox's stack has for an administrator's session: nothing else of a URL has a place there. */
function checkedDatabaseUrl(text: string): string {
  let connection: Connection;
  try {
    connection = parseConnection(text);
  } catch (error) {
    if (!(error instanceof ConnectionStringError)) throw error;
    const { expected, got, problem } = error;
    throw new UsageError(`--database-url: expected ${expected}, got ${got}; ${problem.remedy}.`, {
      cause: error,
    });
  }
  const { host, port, user, password, database, sslMode } = connection;
  const search = new URLSearchParams(text.split("?")[1] ?? "");
  const strangers = [...search.keys()].filter((name) => name !== "sslmode");
  if (strangers.length > 0 || host.startsWith("/"))
    throw new UsageError(
      `--database-url: expected postgres://USER:PASSWORD@HOST:PORT and sslmode, got ${strangers[0] ?? "a Unix socket"} too; leave it out.`,
    );
  if (search.has("sslmode") && !sslModes.includes(sslMode))
    throw new UsageError(`--database-url has sslmode ${sslMode}; expected one of ${sslModes.join(", ")}.`);
  return databaseUrl({
    // A URL without a database leads to the one that the program takes then, not to the user's as libpq has it.
    ...{ host, port, user, name: new URL(text).pathname.length > 1 ? database : "" },
    password: password || (process.env["PGPASSWORD"] ?? ""),
    ...(search.has("sslmode") ? { sslMode: sslMode as SslMode } : {}),
  });
}

function checkedGithubUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError('--github-url is no URL; expected "https://HOST".');
  }
  return text.replace(/\/+$/, "");
}

function requiredToken(): string {
  const token = process.env["GITHUB_TOKEN"];
  if (token === undefined || token === "")
    throw new UsageError("--github-url wants a token in the environment variable GITHUB_TOKEN.");
  return token;
}
