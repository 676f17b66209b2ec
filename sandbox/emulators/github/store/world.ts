/** The state that the parts of the emulator share. */
import type { Deliveries } from "./deliveries.ts";
import { json, type Incoming, type Reply } from "../http/http.ts";
import type { Account, Rows } from "./rows.ts";
import type { Seal } from "./seal.ts";

/**
 * The way in which a node is hidden from a user: `null` in its place, left out of lists, or (a card) shown as
 * REDACTED.
 */
export type Hiding = "null" | "absent" | "redacted";

export interface World {
  readonly rows: Rows;
  /** The nodes that tests hide: login → node id → how. */
  readonly hidden: () => Readonly<Record<string, Readonly<Record<string, Hiding>>>>;
  readonly deliveries: Deliveries;
  readonly seal: Seal;
  /** http://127.0.0.1:PORT */
  readonly origin: string;
  /** http://127.0.0.1:PORT/api/v3 */
  readonly api: string;
  /** Whether the schema knows the `id` of single select options and view mutations (a server of 2026). */
  readonly optionIds: boolean;
  /** A request to the REST routes of `emulate` in a user's name, past permissions, log and faults. */
  readonly rest: (login: string, method: string, path: string, body?: unknown) => Promise<Reply>;
}

/** The user a request speaks for. */
export function userOf(world: World, login: string): Account {
  const user = world.rows.users.findOneBy("login", login);
  if (!user) throw new Error(`The GitHub emulator has no user ${login}, though a token names it.`);
  return user;
}

/** A user, as it stands in answers and in payloads' `sender`. */
export function userJson(world: World, user: Account): Record<string, unknown> {
  return accountJson(world, user, "User", `users/${user.login}`);
}

/** An organization as it stands in payloads. */
export function organizationJson(world: World, organization: Account): Record<string, unknown> {
  const { login, id, node_id } = organization;
  const url = `${world.api}/orgs/${login}`;
  return {
    login,
    id,
    node_id,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.origin}/avatars/o/${login}`,
    description: "",
  };
}

function accountJson(
  world: World,
  { login, id, node_id }: Account,
  type: string,
  path: string,
): Record<string, unknown> {
  const url = `${world.api}/${path}`;
  return {
    login,
    id,
    node_id,
    avatar_url: `${world.origin}/avatars/u/${login}`,
    url,
    html_url: `${world.origin}/${login}`,
    ...userLinks(url),
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    type,
    site_admin: false,
  };
}

/** Links every user and every owner has. */
export function userLinks(url: string): Record<string, string> {
  return {
    gravatar_id: "",
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    received_events_url: `${url}/received_events`,
  };
}

/** Answers a request that came in without a token where one is needed. */
export function unauthenticated(request: Incoming): Reply | undefined {
  return request.actor
    ? undefined
    : json(401, {
        message: "Requires authentication",
        documentation_url: "https://docs.github.com/rest",
        status: "401",
      });
}
