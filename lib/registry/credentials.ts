import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A login at a registry. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The login at a registry in a `config.json` of Docker's, the content of a Secret of type
 * kubernetes.io/dockerconfigjson.
 *
 * @returns undefined where it has none for that host
 * @throws Error when the text is no such file
 */
export function credentialsIn(text: string, host: string): Credentials | undefined {
  let auths: Readonly<Record<string, Partial<Credentials> & { auth?: string }>>;
  try {
    auths = (JSON.parse(text) as { auths?: typeof auths }).auths ?? {};
  } catch {
    // The parser's message would repeat what it read.
    throw new Error(
      "registry login: expected JSON with auths, as docker login writes it, got other text; write it again",
    );
  }
  const entry = [host, `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`, `http://${host}`]
    .map((key) => auths[key])
    .find((each) => each !== undefined);
  if (entry?.username !== undefined && entry.password !== undefined)
    return { username: entry.username, password: entry.password };
  if (entry?.auth === undefined) return undefined;
  const login = Buffer.from(entry.auth, "base64").toString("utf8");
  const colon = login.indexOf(":");
  return colon < 0 ? undefined : { username: login.slice(0, colon), password: login.slice(colon + 1) };
}

/** The login in a file, by default Docker's own. A missing file of Docker's own is no login. */
export function credentialsOf(host: string, file: string | undefined): Credentials | undefined {
  const path = file ?? join(process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "config.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && file === undefined) return undefined;
    throw new Error(
      `registry login ${path}: expected to read it, got ${code ?? "an error"}; name a file that docker login has written`,
      { cause },
    );
  }
  return credentialsIn(text, host);
}
