/** npm `emulate`'s GitHub service, taken in process: its routes, and the store behind them. */
import { createEmulator } from "emulate";
import { readdir, readFile } from "node:fs/promises";

/** A stored row. `id` counts up within its collection; the times are ISO 8601. */
export interface Row {
  readonly id: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** One kind of row in `emulate`. `update` replaces the row object, it never changes one in place. */
interface Collection<T extends Row> {
  readonly items: Map<number, T>;
  autoId: number;
  insert(row: Omit<T, keyof Row>): T;
  get(id: number): T | undefined;
  findBy<K extends keyof T & string>(field: K, value: T[K]): T[];
  findOneBy<K extends keyof T & string>(field: K, value: T[K]): T | undefined;
  update(id: number, changes: Partial<Omit<T, keyof Row>>): T | undefined;
  delete(id: number): boolean;
  all(): T[];
  restore(snapshot: { items: T[]; autoId: number }): void;
}

export interface StoreSnapshot {
  readonly collections: Record<string, { items: Row[]; autoId: number; indexFields: string[] }>;
  readonly data: Record<string, unknown>;
}

export interface Store {
  readonly collections: Map<string, Collection<Row>>;
  collection<T extends Row>(name: string, indexFields?: (keyof T & string)[]): Collection<T>;
  snapshot(): StoreSnapshot;
  restore(snapshot: StoreSnapshot): void;
}

/** `emulate`'s announcement of an event: event, action, payload, owner's login, repository's name. */
export type Dispatch = (
  event: string,
  action: string | undefined,
  payload: Record<string, unknown>,
  owner: string,
  repository?: string,
) => Promise<void>;

interface Plugin {
  register(
    app: { fetch(request: Request): Promise<Response> },
    store: Store,
    webhooks: { dispatch: Dispatch },
    baseUrl: string,
    tokens: Map<string, { login: string; id: number; scopes: string[] }>,
  ): void;
}

export interface Emulated {
  /** Answers a request whose path has no /api/v3 in front. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly store: Store;
  /** Puts a token of the user in force (only known here, never a client's own). */
  readonly allow: (token: string, login: string) => void;
}

/**
 * `emulate` 0.12.2 exports no way to its store, nor to the parts it is made of. Its GitHub plugin is a
 * plain object in one chunk of the package, which is found here by its first lines, so that a plugin's
 * `register` (called with application, store and dispatcher) can be listened to for one moment.
 */
async function githubPlugin(): Promise<Plugin> {
  const directory = new URL(".", import.meta.resolve("emulate"));
  for (const name of (await readdir(directory)).filter((n) => /^dist-.*\.js$/.test(n))) {
    const chunk = new URL(name, directory);
    if (!(await readFile(chunk, "utf8")).slice(0, 400).includes("@emulators/github/")) continue;
    const { githubPlugin } = (await import(chunk.href)) as { githubPlugin?: Plugin };
    if (githubPlugin) return githubPlugin;
  }
  throw new Error(
    `The GitHub emulator expects npm emulate 0.12.2 with a GitHub plugin in ${directory.pathname}, found none: run npm ci.`,
  );
}

let starting: Promise<unknown> = Promise.resolve();

/**
 * Starts the service and takes it in process; one start at a time, since they all listen to one plugin object.
 * @param baseUrl what the links in answers begin with, e.g. http://127.0.0.1:4001/api/v3
 * @param logins every user; all are administrators of every organization
 */
export function loadEmulate(
  baseUrl: string,
  organizations: readonly string[],
  logins: readonly string[],
  dispatch: Dispatch,
): Promise<Emulated> {
  const started = starting.then(() => start(baseUrl, organizations, logins, dispatch));
  starting = started.catch(() => undefined);
  return started;
}

async function start(
  baseUrl: string,
  organizations: readonly string[],
  logins: readonly string[],
  dispatch: Dispatch,
): Promise<Emulated> {
  const plugin = await githubPlugin();
  const original = plugin.register.bind(plugin);
  let parts: Parameters<Plugin["register"]> | undefined;
  plugin.register = (...args) => {
    parts = args;
    args[2].dispatch = dispatch;
    original(...args);
  };
  try {
    const members = logins.map((login) => ({ login, role: "admin" }));
    const emulator = await createEmulator({
      service: "github",
      port: 0,
      baseUrl,
      seed: {
        tokens: {},
        github: {
          users: logins.map((login) => ({ login, name: login, email: `${login}@users.noreply.github.com` })),
          orgs: organizations.map((login) => ({ login, name: login, members })),
        },
      },
    });
    // Everything comes through the gateway: nothing else may listen.
    await emulator.close();
  } finally {
    plugin.register = original;
  }
  if (!parts) throw new Error("npm emulate did not register its GitHub plugin: expected version 0.12.2.");
  const [app, store, , , tokens] = parts;
  let tokenId = 1000;
  return {
    fetch: (request) => app.fetch(request),
    store,
    allow: (token, login) =>
      void tokens.set(token, {
        login,
        id: tokenId++,
        scopes: ["repo", "user", "admin:org", "admin:repo_hook"],
      }),
  };
}
