import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { processStart } from "../../../lib/process/processStart.mjs";
import { startedBefore } from "../../../lib/process/processTable.ts";
import { postgresCommand, serverUser } from "./binary.ts";
import type { Launch } from "../supervisor.ts";
import type { Service, ServiceContext } from "../service.ts";

/** The superuser of the sandbox's database, as production's is called. */
export const databaseAdmin = "postgres";

/** Real PostgreSQL from npm: scram passwords, 127.0.0.1 only, no Unix socket. */
export const postgres: Service = {
  name: "postgres",
  after: [],
  listens: true,
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
  stop: { signal: "SIGINT", grace: 15_000 },
  async prepare(context) {
    const data = context.directory.data("postgres");
    if (existsSync(data)) {
      await untilBuried(join(data, "cluster/postmaster.pid"));
      return;
    }
    const half = `${data}.half`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true, mode: 0o700 });
    const user = serverUser();
    const passwordFile = join(half, "password");
    writeFileSync(passwordFile, context.credentials.databasePassword, { mode: 0o600 });
    const cluster = join(half, "cluster");
    mkdirSync(cluster, { mode: 0o700 });
    if (user) for (const path of [half, passwordFile, cluster]) chownSync(path, user.uid, user.gid);
    const [command = "", ...args] = postgresCommand("initdb", [
      `--pgdata=${cluster}`,
      `--username=${databaseAdmin}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
      // With checksums a mere reading writes to the log (hint bits). Without, the log's position tells who wrote.
      "--no-data-checksums",
    ]);
    try {
      await promisify(execFile)(command, args, { cwd: "/" });
    } catch (cause) {
      const { stderr = "" } = cause as { stderr?: string };
      const said = stderr.trim().split("\n").pop() ?? "";
      throw new Error(
        `PostgreSQL's data folder could not be made (initdb: ${said || (cause as Error).message}).`,
        { cause },
      );
    }
    rmSync(passwordFile);
    renameSync(half, data);
  },
  launch(context): Launch {
    return {
      argv: postgresCommand("postgres", [
        "-D",
        join(context.directory.data("postgres"), "cluster"),
        ...Object.entries({
          listen_addresses: "127.0.0.1",
          port: String(context.port("postgres")),
          unix_socket_directories: "",
          max_connections: "60",
          shared_buffers: "32MB",
          // A killed process loses nothing that way, only a machine that loses power does: fair for a sandbox.
          fsync: "off",
          // Nobody follows this server, and every up vacuums it: nothing goes into its log by itself.
          wal_level: "minimal",
          max_wal_senders: "0",
          autovacuum: "off",
          // A statement can hold a password (ALTER ROLE … PASSWORD): the log gets errors without their text.
          log_min_error_statement: "panic",
          log_statement: "none",
          log_min_duration_statement: "-1",
        }).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ]),
    };
  },
  async probe(context) {
    await asAdministrator(context, { connectTimeout: 5_000 }, (client) => client.query("SELECT 1"));
  },
};

/**
 * A server that was killed is a zombie until its parent asks for its end, and PostgreSQL takes a zombie for a server
 * that still has the data. Where nobody ever asks, as under a container's first process that is no init, its lock goes.
 * It goes too where its number is another process's by now, which PostgreSQL takes for that server as well.
 */
async function untilBuried(lock: string): Promise<void> {
  const end = Date.now() + 5_000;
  for (;;) {
    // The first line is the server's process, the third one the second of its start.
    const [pid = Number.NaN, , started = Number.NaN] = existsSync(lock)
      ? readFileSync(lock, "utf8").split("\n").map(Number)
      : [];
    if (!(pid > 0) || !isKnown(pid)) return;
    const runs = processStart(pid) !== undefined;
    if (runs && startedBefore(pid, started * 1_000)) return;
    if (runs || Date.now() > end) {
      rmSync(lock, { force: true });
      return;
    }
    await sleep(20);
  }
}

/** Whether the kernel still has a process of that number, a zombie too. */
function isKnown(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Hands a session of the sandbox's own server to `use` and ends it: as its superuser, in the maintenance database or in
 * another; the time to connect in milliseconds.
 */
export async function asAdministrator<T>(
  context: Pick<ServiceContext, "port" | "credentials">,
  { database = "postgres", connectTimeout }: { readonly database?: string; readonly connectTimeout: number },
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: context.port("postgres"),
    user: databaseAdmin,
    password: context.credentials.databasePassword,
    database,
    // Said here, or PGSSLMODE in the person's environment would say it.
    ssl: false,
    connectionTimeoutMillis: connectTimeout,
  });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
