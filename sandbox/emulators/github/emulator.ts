/** GitHub on one machine: REST under /api/v3, GraphQL at /api/graphql, a page of every board, real deliveries. */
import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { forgetRepository } from "./store/boards.ts";
import { Deliveries, type HostMap } from "./store/deliveries.ts";
import { loadEmulate, type Dispatch, type Emulated, type StoreSnapshot } from "./emulate.ts";
import type { ControlParts } from "./http/control.ts";
import { Faults } from "./http/faults.ts";
import { listen, serve } from "./http/gateway.ts";
import { json, type Incoming, type Reply } from "./http/http.ts";
import { announcer } from "./store/events.ts";
import { prepare } from "./graphql/execute.ts";
import { openJournal } from "./store/journal.ts";
import { Limits, rateLimits } from "./http/limits.ts";
import { pages } from "./http/page.ts";
import { RequestLog } from "./http/requestLog.ts";
import { after, before, translated } from "./rest/corrections.ts";
import { hookRoutes } from "./rest/hooks.ts";
import { findRepository, openRows, type Rows } from "./store/rows.ts";
import { keepOldName, renameOrganization, repositoryRoutes } from "./rest/repositories.ts";
import { viewRoutes } from "./rest/views.ts";
import { sealWith } from "./store/seal.ts";
import { Tokens, type TokenSettings } from "./http/tokens.ts";
import type { World } from "./store/world.ts";

export interface GithubSettings {
  /** @default 0, one from the kernel */
  readonly port?: number;
  /** Folder for all data; made if missing, readable by its owner only. */
  readonly dataDirectory: string;
  /** Login of the organization that is there from the start. */
  readonly organization: string;
  /** A classic token with every scope, of the user `robot`. */
  readonly token?: string;
  /** Further tokens, with their users, scopes or permissions. Every user is an administrator of the organization. */
  readonly tokens?: Readonly<Record<string, TokenSettings>>;
  /** For /_emulator; it also keeps hook secrets unreadable on disk, so give the same one again. @default a random one */
  readonly controlToken?: string;
  readonly hostMap?: HostMap;
  /** `false`: the schema is an older server's, without option ids and without view mutations. @default true */
  readonly optionIds?: boolean;
  /** Requests, and GraphQL points, a user has in an hour. @default 5000 */
  readonly hourlyLimit?: number;
}

export interface Github {
  /** http://127.0.0.1:PORT, without a path */
  readonly url: string;
  readonly controlToken: string;
  close(): Promise<void>;
}

/** Starts it on 127.0.0.1, with the state its data directory holds. */
export async function startGithub(settings: GithubSettings): Promise<Github> {
  const server = await listen(settings.port ?? 0);
  try {
    return await assemble(server, settings);
  } catch (error) {
    server.close();
    throw error;
  }
}

async function assemble(server: Server, settings: GithubSettings): Promise<Github> {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokens = {
    ...(settings.token === undefined ? {} : { [settings.token]: { login: "robot" } }),
    ...settings.tokens,
  };
  const controlToken = settings.controlToken ?? randomBytes(24).toString("hex");
  const logins = [...new Set(Object.values(tokens).map(({ login }) => login))];
  let announce: Dispatch = () => Promise.resolve();
  const emulated = await loadEmulate(`${origin}/api/v3`, [settings.organization], logins, (...args) =>
    announce(...args),
  );
  const rows = openRows(emulated.store);
  const seeded = emulated.store.snapshot();
  const journal = openJournal(emulated.store, settings.dataDirectory);
  checkAccounts(rows, settings, logins);
  const controls: ControlParts = {
    token: controlToken,
    faults: new Faults(),
    log: new RequestLog(),
    hosts: settings.hostMap ?? {},
    hidden: {},
    rename: (from: string, to: string) => renameOrganization(rows, from, to),
    snapshot: () => emulated.store.snapshot(),
    restore: (snapshot: StoreSnapshot) => {
      emulated.store.restore(snapshot);
      journal.rewrite();
    },
    reset: () => {
      controls.restore(seeded);
      controls.faults.set([]);
      controls.hidden = {};
      controls.log.clear();
      limits.clear();
    },
    limit: (hourly: number) => (limits.limit = hourly),
    settled: () => world.deliveries.settled(),
  };
  const limits = new Limits(settings.hourlyLimit);
  const seal = sealWith(controlToken);
  const world: World = {
    rows,
    hidden: () => controls.hidden,
    seal,
    origin,
    api: `${origin}/api/v3`,
    optionIds: settings.optionIds ?? true,
    deliveries: new Deliveries(
      rows,
      () => controls.hosts,
      seal,
      () => journal.save(),
    ),
    rest: emulateCaller(emulated, origin),
  };
  announce = announcer(world);
  serve(server, {
    tokens: new Tokens(tokens),
    limits,
    controls,
    rest: (request) => rest(world, limits, request),
    graphql: (request) => Promise.resolve(prepare(world, limits, request)),
    pages: (path) => pages(rows, path),
    save: () => journal.save(),
  });
  return {
    url: origin,
    controlToken,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await world.deliveries.settled();
      journal.close();
    },
  };
}

/** The accounts are those the data directory was first used with; others cannot be added to it. */
function checkAccounts(
  rows: Rows,
  { dataDirectory, organization }: GithubSettings,
  logins: readonly string[],
): void {
  const missing = [
    ...logins.filter((login) => !rows.users.findOneBy("login", login)),
    ...(rows.orgs.findOneBy("login", organization) ? [] : [organization]),
  ];
  if (missing.length === 0) return;
  throw new Error(
    `The GitHub emulator's data in ${dataDirectory} was made for other accounts: expected ${missing.join(", ")}, found none; ` +
      `give it the accounts it had, or remove the directory to start again.`,
  );
}

async function rest(world: World, limits: Limits, request: Incoming): Promise<Reply> {
  if (request.path === "/rate_limit")
    return json(200, rateLimits(limits, request.actor?.login ?? "anonymous"));
  const own =
    (await repositoryRoutes(world, request)) ??
    hookRoutes(world, request) ??
    viewRoutes(world, request) ??
    before(world, request);
  if (own) return own;
  const { path, body } = translated(world, request);
  const query = request.query.size > 0 ? `?${request.query.toString()}` : "";
  const [, owner = "", name = ""] = /^\/repos\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const there = findRepository(world.rows, owner, name);
  const reply = await world.rest(request.actor?.login ?? "", request.method, path + query, body);
  if (request.method === "DELETE" && there && reply.status < 300) forgetRepository(world.rows, there.id);
  else keepOldName(world, there);
  return after(world, request, reply);
}

/** Calls `emulate` with tokens only it and this function know; fresh ones before its own limit of 5,000 is near. */
function emulateCaller(emulated: Emulated, origin: string): World["rest"] {
  const tokens = new Map<string, { token: string; calls: number }>();
  const tokenOf = (login: string): string => {
    let entry = tokens.get(login);
    if (!entry || entry.calls >= 4000) {
      tokens.set(login, (entry = { token: randomBytes(16).toString("hex"), calls: 0 }));
      emulated.allow(entry.token, login);
    }
    entry.calls += 1;
    return entry.token;
  };
  return async (login, method, path, body) => {
    const bytes =
      body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const response = await emulated.fetch(
      new Request(`${origin}${path}`, {
        method,
        headers: {
          "content-type": "application/json",
          ...(login === "" ? {} : { authorization: `Bearer ${tokenOf(login)}` }),
        },
        ...(bytes && bytes.length > 0 && method !== "GET" && method !== "HEAD"
          ? { body: new Uint8Array(bytes) }
          : {}),
      }),
    );
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    };
  };
}
