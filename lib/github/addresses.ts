import { withoutPasswords } from "../text/withoutPasswords.ts";

/** The addresses of one GitHub. */
export interface GitHubAddresses {
  /** REST paths are appended to it; without a slash at its end. */
  readonly api: string;
  readonly graphql: string;
  /** Pages and repositories lie below it; without a slash at its end. */
  readonly web: string;
  /** The `baseUrl` of Pulumi's plugin, which adds the paths of Enterprise Server itself; undefined for github.com. */
  readonly plugin: string | undefined;
}

/** Paths of REST and GraphQL on an Enterprise Server. */
const serverPaths = /^\/api(?:\/v3|\/graphql)?$/i;

const dotCom = new Set(["github.com", "www.github.com", "api.github.com"]);
const residency = /^(?:api\.)?([a-z0-9-]+\.ghe\.com)$/;

/**
 * The addresses of the GitHub that people name in one of many ways: empty or `github.com`, an Enterprise Server
 * (`https://HOST`, also with `/api/v3`), data residency (`https://NAME.ghe.com`, also with `api.`), or the
 * GITHUB_API_URL of a job.
 *
 * @throws Error in one line for anything else
 */
export function githubAddresses(given: string): GitHubAddresses {
  const text = given.trim();
  if (text === "") return ofDotCom;
  const whole = text.includes("://") ? text : `https://${text}`;
  // A single word is a typing error rather than a host.
  if (!URL.canParse(whole) || (whole !== text && !text.includes("."))) throw unknownAddress(given);
  const { protocol, host, pathname, search, hash, username } = new URL(whole);
  const path = pathname.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
  if (!/^https?:$/.test(protocol) || `${search}${hash}${username}` !== "") throw unknownAddress(given);
  const [, resident] = residency.exec(host) ?? [];
  if (dotCom.has(host) || resident !== undefined) {
    if (!["", "/graphql"].includes(path)) throw unknownAddress(given);
    if (resident === undefined) return ofDotCom;
    const api = `https://api.${resident}`;
    return { api, graphql: `${api}/graphql`, web: `https://${resident}`, plugin: api };
  }
  // Enterprise Server has a host of its own: another path is that of a page.
  if (path !== "" && !serverPaths.test(path)) throw unknownAddress(given);
  const web = `${protocol}//${host}`;
  // As it was given where that will do: another text would be a change of every stack that has it.
  const plugin = path === "" && /\/\/[^/]+\/?$/.test(text) && whole === text ? text : `${web}/`;
  return { api: `${web}/api/v3`, graphql: `${web}/api/graphql`, web, plugin };
}

const ofDotCom: GitHubAddresses = {
  api: "https://api.github.com",
  graphql: "https://api.github.com/graphql",
  web: "https://github.com",
  plugin: undefined,
};

function unknownAddress(given: string): Error {
  return new Error(
    `expected github.com, https://HOST of an Enterprise Server or https://NAME.ghe.com, got ${JSON.stringify(withoutPasswords(given))}`,
  );
}
