import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runner } from "node-pg-migrate";
import { migrate } from "../providers/migrations/run/runner.ts";
import { startCountingProxy } from "../tests/support/github/countingProxy.ts";
import { startPostgres, type TestPostgres } from "../tests/support/postgres/postgres.ts";
import { median, type Measurement, timed } from "./measurement.ts";

const repetitions = 9;
/** Runs of a no-op after which its time changes no more, and the least number that counts. */
const settled = 20;
/** The least time of each contender's turns, in milliseconds, so that a moment's disturbance does not count. */
const atLeast = 5_000;
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * The migration runner beside `psql -1` and node-pg-migrate: N two-statement files against one real server on
 * this machine with its durability on, databases new for every run, the contenders in turn, medians.
 */
export async function benchmarkMigrations(report: (measurement: Measurement) => void): Promise<void> {
  await onServer(async (server, folder) => {
    const warm = await prepare(folder, 4);
    await migrate({ url: await server.database(), directory: warm.directory });
    for (const count of [4, 100]) await cold(server, await prepare(folder, count), report);
    await idle(server, folder, await prepare(folder, 1000), report);
  });
}

/**
 * Measures the growth of a first run's time with the number of files.
 *
 * @param most - files of the last round: a power of ten
 */
export async function benchmarkManyMigrations(
  report: (measurement: Measurement) => void,
  most: number,
): Promise<void> {
  await onServer(async (server, folder) => {
    for (let count = 1; count <= most; count *= 10) await cold(server, await prepare(folder, count), report);
  });
}

/** A server with its durability on, and a folder, for as long as it takes. */
async function onServer(action: (server: TestPostgres, folder: string) => Promise<void>): Promise<void> {
  const server = await startPostgres({ fsync: "on", full_page_writes: "on", autovacuum: "off" });
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-bench-"));
  try {
    await action(server, folder);
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Files {
  readonly directory: string;
  readonly names: readonly string[];
}

async function prepare(folder: string, count: number): Promise<Files> {
  const directory = join(folder, String(count));
  await mkdir(directory, { recursive: true });
  const names = Array.from({ length: count }, (_, at) => `${String(at + 1).padStart(4, "0")}_table.sql`);
  for (const [at, name] of names.entries())
    await writeFile(
      join(directory, name),
      `CREATE TABLE t${at} (id bigint PRIMARY KEY, note text);\nCREATE INDEX t${at}_note ON t${at} (note);\n`,
    );
  return { directory, names };
}

/** The same migrations as node-pg-migrate writes them. */
async function asModules(folder: string, files: Files, name: string): Promise<Files> {
  const directory = join(folder, `modules-${name}`);
  await mkdir(directory);
  const names = files.names.map((file) => file.replace(/sql$/, "mjs"));
  for (const [at, file] of files.names.entries()) {
    const sql = await readFile(join(files.directory, file), "utf8");
    const module = `export const up = (pgm) => pgm.sql(${JSON.stringify(sql)});\n`;
    await writeFile(join(directory, names[at] ?? ""), module);
  }
  return { directory, names };
}

async function cold(
  server: TestPostgres,
  files: Files,
  report: (measurement: Measurement) => void,
): Promise<void> {
  const count = files.names.length;
  const times: { ours: number[]; psql: number[]; nodePgMigrate: number[] } = {
    ours: [],
    psql: [],
    nodePgMigrate: [],
  };
  const psql = await hasPsql();
  for (let at = 0; at < repetitions; at += 1) {
    times.ours.push(await time(server, (url) => migrate({ url, directory: files.directory })));
    if (psql) times.psql.push(await time(server, (url) => applyWithPsql(url, files)));
    times.nodePgMigrate.push(await time(server, (url) => applyWithNodePgMigrate(url, files)));
  }
  const what = `migrations, cold, ${count} files`;
  const at = (series: string) => ({ chart: "migrations", series, count }) as const;
  report({ what, value: median(times.ours), unit: "ms", point: at("ours") });
  const other = median(times.nodePgMigrate);
  report({ what: `${what}, node-pg-migrate`, value: other, unit: "ms", point: at("node-pg-migrate") });
  if (!psql) return;
  report({ what: `${what}, psql -1`, value: median(times.psql), unit: "ms", point: at("psql -1") });
  const ratio = median(times.ours) / median(times.psql);
  const limit = count === 100 ? { limit: 1.25 } : {};
  report({ what: `${what}, times psql -1`, value: ratio, unit: "times", ...limit });
}

/**
 * Beside node-pg-migrate with the same SQL files, and with the same migrations in its own format, JavaScript. Each has
 * its turns in a row, the first of them for the process to settle: by turns, everyone would pay for the
 * modules and the garbage of the one before. A module is loaded once a process, and it is one process a run that
 * people start: so every run finds its modules in a new folder.
 */
async function idle(
  server: TestPostgres,
  folder: string,
  files: Files,
  report: (measurement: Measurement) => void,
): Promise<void> {
  const count = files.names.length;
  const [ours, inSql, inModules] = [
    await server.database(),
    await server.database(),
    await server.database(),
  ];
  const mine: Contender = { run: () => migrate({ url: ours, directory: files.directory }) };
  const theirs: Readonly<Record<string, Contender>> = {
    "node-pg-migrate with SQL files": { run: () => applyWithNodePgMigrate(inSql, files) },
    "node-pg-migrate with JavaScript files": {
      prepare: (turn) => asModules(folder, files, turn),
      run: (modules) => applyWithNodePgMigrate(inModules, modules ?? files),
    },
  };
  for (const { prepare, run } of [mine, ...Object.values(theirs)]) await run(await prepare?.("first"));
  // The data of the first runs must be on the disk before the timing starts.
  await server.rows("CHECKPOINT");
  const what = `migrations, nothing to do, ${count} files`;
  const own = await settledTime(mine);
  report({ what, value: own, unit: "ms" });
  for (const [name, contender] of Object.entries(theirs)) {
    const value = await settledTime(contender);
    report({ what: `${what}, ${name}`, value, unit: "ms" });
    report({ what: `${what}, times ${name}`, value: own / value, unit: "times", limit: 0.1 });
  }
  const proxy = await startCountingProxy(server.port);
  const through = new URL(ours);
  through.port = String(proxy.port);
  await migrate({ url: through.href, directory: files.directory });
  const asked = proxy.roundTrips();
  await proxy.close();
  report({ what, value: asked, unit: "round trips", limit: 4 });
}

interface Contender {
  /** Not timed. */
  readonly prepare?: (turn: string) => Promise<Files>;
  readonly run: (prepared: Files | undefined) => Promise<unknown>;
}

/** The median time of a run, in milliseconds, once it has settled. */
async function settledTime({ prepare, run }: Contender): Promise<number> {
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < 2 * settled || performance.now() - begin < atLeast) {
    const prepared = await prepare?.(String(times.length));
    times.push(await timed(() => run(prepared)));
  }
  return median(times.slice(settled));
}

/** One psql for all files, each of them in the one transaction of `-1`: psql at its fastest. */
async function applyWithPsql(url: string, { directory, names }: Files): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const env = {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: "disable",
  };
  const files = names.flatMap((name) => ["-f", join(directory, name)]);
  await promisify(execFile)("psql", ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", ...files], { env });
}

async function applyWithNodePgMigrate(databaseUrl: string, { directory }: Files): Promise<void> {
  await runner({
    databaseUrl,
    dir: directory,
    direction: "up",
    migrationsTable: "pgmigrations",
    count: Infinity,
    logger: silent,
  });
}

async function hasPsql(): Promise<boolean> {
  return promisify(execFile)("psql", ["--version"]).then(
    () => true,
    () => false,
  );
}

async function time(server: TestPostgres, run: (url: string) => Promise<unknown>): Promise<number> {
  const url = await server.database();
  await server.rows("CHECKPOINT");
  return timed(() => run(url));
}
