import { execFile, spawn, type ChildProcess } from "node:child_process";
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { postgresCommand, serverUser } from "../../../sandbox/services/postgres/binary.ts";

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

const password = "p@ss:w/rd%'";

/** Keeps away what an idle server writes into its log by itself, for a test that reads the log's position. */
export const quiet = {
  wal_level: "minimal",
  max_wal_senders: "0",
  autovacuum: "off",
  checkpoint_timeout: "1d",
};

/**
 * Starts a server on a port from the kernel, data in a temporary folder, durability off for speed.
 *
 * @param role - a standby takes no writes; this one follows nobody
 */
export async function startPostgres(
  settings: Record<string, string> = {},
  role: "primary" | "standby" = "primary",
): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "mesh-six-postgres-"));
  let port: number;
  let server: ChildProcess;
  try {
    await initialize(directory);
    if (role === "standby") await writeFile(join(directory, "data/standby.signal"), "");
    // Only now: until the server listens, anybody else may be given the same port.
    port = await freePort();
    server = await launch(directory, port, settings);
  } catch (cause) {
    await rm(directory, { recursive: true, force: true });
    throw cause;
  }

  const adminUrl = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres?sslmode=disable`;
  let created = 0;
  const rows = async <Row extends pg.QueryResultRow>(sql: string, url = adminUrl, values?: unknown[]) => {
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
      await rows(`CREATE DATABASE ${name} TEMPLATE ${pg.escapeIdentifier(template)}`);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    rows,
    async close() {
      const exited = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function initialize(directory: string): Promise<void> {
  const data = join(directory, "data");
  const passwordFile = join(directory, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  const user = serverUser();
  if (user) for (const path of [directory, data, passwordFile]) await chown(path, user.uid, user.gid);
  const [initdb = "", ...initdbArgs] = postgresCommand("initdb", [
    `--pgdata=${data}`,
    `--pwfile=${passwordFile}`,
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
  ]);
  await promisify(execFile)(initdb, initdbArgs, { cwd: directory });
}

function launch(directory: string, port: number, settings: Record<string, string>): Promise<ChildProcess> {
  const flags = { fsync: "off", full_page_writes: "off", unix_socket_directories: "", ...settings };
  const [postgres = "", ...postgresArgs] = postgresCommand("postgres", [
    "-D",
    join(directory, "data"),
    "-p",
    String(port),
    ...Object.entries(flags).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const server = spawn(postgres, postgresArgs, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  return new Promise((resolve, reject) => {
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-10_000);
      if (/ready to accept (read-only )?connections/.test(log)) resolve(server);
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`PostgreSQL ended with code ${String(code)}: ${log}`)));
  });
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
