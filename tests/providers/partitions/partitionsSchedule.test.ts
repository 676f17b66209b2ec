import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import pg from "pg";
import { upkeepScript } from "../../../providers/partitions/upkeepSql.ts";
import { readPlan } from "../../../providers/partitions/runUpkeep.ts";
import {
  catalogue,
  defaults,
  event,
  eventLogDatabase,
  defaultPartition,
} from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";
import { withoutPsql } from "../../support/postgres/psql.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const settings = { ...defaults, timeZone: "Europe/Berlin", keepMonths: 12, oldPartitions: "drop" } as const;

test("the CronJob's script does under psql what an update does", { skip: withoutPsql }, async () => {
  const url = await eventLogDatabase(server, defaultPartition, event("now"));
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-upkeep-"));
  const file = join(folder, "upkeep.sql");
  await writeFile(file, upkeepScript(settings));
  const { hostname, port, username, password, pathname } = new URL(url);
  const env = {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
  const run = () =>
    promisify(execFile)(
      "psql",
      ["--no-psqlrc", "--no-password", "--echo-queries", "--set=ON_ERROR_STOP=1", `--file=${file}`],
      { env },
    );
  try {
    const { stdout } = await run();
    assert.match(stdout, /ATTACH PARTITION public\.mesh_six_events_/, "its log shows what it did");
    assert.deepEqual((await readPlan(url, settings)).steps, []);
    assert.equal((await server.rows("SELECT FROM mesh_six_events_default", url)).length, 0);
    assert.doesNotMatch((await run()).stdout, /ATTACH PARTITION public\./, "again: nothing");
    await server.rows("DROP TABLE mesh_six_events", url);
    await assert.rejects(run(), { code: 3, stderr: /table mesh_six_events: expected to be there/ });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the CronJob's script runs statement by statement in any client that obeys \\gexec", async () => {
  const url = await eventLogDatabase(server, defaultPartition, event("now"));
  const script = upkeepScript(settings);
  assert.ok(script.endsWith("\n\\gexec\n"));
  assert.doesNotMatch(
    script.replace(/\$(\w+)\$[^]*?\$\1\$/g, ""),
    /(^|[^:]):[a-z'"]/,
    "nothing psql would take for a variable",
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const statements = script.slice(0, -"\\gexec\n".length).split(/;\n+(?=SET |DO |SELECT |-- )/);
  let last: pg.QueryResult<{ statement: string }> | undefined;
  for (const statement of statements) last = await client.query(statement);
  for (const { statement } of last?.rows ?? []) await client.query(statement);
  await client.end();
  assert.equal(Object.keys(await catalogue(server, url)).length, settings.monthsAhead + 2);
});
