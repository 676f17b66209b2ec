import { execFile } from "node:child_process";
import { type Context, type Fields, given, isFields, textOf } from "./kubeconfig.ts";

/** A log-in to an API server. */
export interface Credential {
  readonly token: string | undefined;
  /** PEM. */
  readonly certificate: Buffer | undefined;
  /** PEM. */
  readonly key: Buffer | undefined;
}

/** Milliseconds before its end at which a credential is taken for expired. */
const margin = 30_000;

const kept = new Map<string, { readonly credential: Credential; readonly expires: number }>();

/**
 * Logs in by the command that a kubeconfig names (an exec plugin). A credential is kept in this process until it
 * expires.
 *
 * @throws Error with one line; it never holds the command's output, which may be the log-in
 */
export async function execCredential(exec: Fields, { cluster, server }: Context): Promise<Credential> {
  const command = textOf(exec, "command");
  if (command === undefined) throw new Error("no command to log in by");
  const apiVersion = textOf(exec, "apiVersion") ?? "client.authentication.k8s.io/v1";
  const id = JSON.stringify([exec, server]);
  const before = kept.get(id);
  if (before !== undefined && before.expires > Date.now()) return before.credential;
  const spec = {
    interactive: false,
    ...(exec["provideClusterInfo"] === true ? { cluster: clusterInfo(server, cluster) } : {}),
  };
  const stdout = await run(command, exec, {
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: "ExecCredential", spec }),
  });
  const status = statusOf(stdout);
  const pem = (key: string) => {
    const text = textOf(status, key);
    return text === undefined ? undefined : Buffer.from(text);
  };
  const credential = {
    token: textOf(status, "token"),
    certificate: pem("clientCertificateData"),
    key: pem("clientKeyData"),
  };
  const end = Date.parse(textOf(status, "expirationTimestamp") ?? "");
  kept.set(id, { credential, expires: Number.isNaN(end) ? Infinity : end - margin });
  return credential;
}

function run(command: string, exec: Fields, info: Readonly<Record<string, string>>): Promise<string> {
  const { args, env } = exec;
  const own = (Array.isArray(env) ? env : [])
    .filter(isFields)
    .map((one) => [String(one["name"]), textOf(one, "value") ?? ""]);
  return new Promise((fulfil, reject) => {
    execFile(
      command,
      Array.isArray(args) ? args.map(String) : [],
      { env: { ...process.env, ...Object.fromEntries(own), ...info } as NodeJS.ProcessEnv },
      (error, stdout, stderr) => {
        if (error === null) return fulfil(stdout);
        const said = stderr.trim().split("\n")[0];
        const started = typeof error.code === "number";
        reject(
          new Error(started ? `exit code ${error.code}${said ? `: ${said}` : ""}` : error.message, {
            cause: error,
          }),
        );
      },
    ).stdin?.end();
  });
}

function statusOf(stdout: string): Fields {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    // The parser's own message quotes what it read.
  }
  const status = isFields(answer) ? answer["status"] : undefined;
  if (!isFields(status)) throw new Error("an answer that is no ExecCredential");
  return status;
}

function clusterInfo(server: string, cluster: Fields): Fields {
  return {
    server,
    ...given("tls-server-name", textOf(cluster, "tls-server-name")),
    ...given("insecure-skip-tls-verify", cluster["insecure-skip-tls-verify"]),
    ...given("certificate-authority-data", textOf(cluster, "certificate-authority-data")),
    ...given("proxy-url", textOf(cluster, "proxy-url")),
  };
}
