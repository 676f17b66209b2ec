import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as provider from "../../../providers/migrations/provider.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import {
  applicationFiles,
  applicationNames,
  extendedMigrations,
  ledgerNames,
  migrationFolder,
  ownMigrationNames as names,
  ownMigrations,
} from "../../support/postgres/migrations.ts";
import { startCountingProxy } from "../../support/github/countingProxy.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const nothing = { applied: [], adopted: [] };

test("applies every file once and writes each name for the application's runner", async () => {
  const url = await server.database();
  assert.deepEqual(await migrate({ url, directory: ownMigrations }), { applied: names, adopted: [] });
  assert.deepEqual(await ledgerNames(server, url), names);
  assert.deepEqual(await applicationNames(server, url), names);
  assert.deepEqual(await migrate({ url, directory: ownMigrations }), nothing);
});

test("nothing to do takes one round trip, with 4 files and with 1,000", async (context) => {
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`${String(at + 1).padStart(4, "0")}_nothing.sql`, "SELECT 1;"]),
  );
  for (const directory of [ownMigrations, await migrationFolder(context, many)]) {
    const url = await server.database();
    await migrate({ url, directory });
    const proxy = await startCountingProxy(server.port);
    context.after(() => proxy.close());
    const through = new URL(url);
    through.port = String(proxy.port);
    assert.deepEqual(await migrate({ url: through.href, directory }), nothing);
    assert.equal(proxy.roundTrips(), 1);
  }
});

test("a file added later is applied alone", async (context) => {
  const url = await server.database();
  const directory = await extendedMigrations(context, {});
  await migrate({ url, directory });
  await writeFile(join(directory, "005_note.sql"), "ALTER TABLE agent_task_history ADD COLUMN note text");
  assert.deepEqual((await migrate({ url, directory })).applied, ["005_note.sql"]);
});

test("after a fresh run the application's own runner applies its further files", async (context) => {
  const url = await server.database();
  await migrate({ url, directory: ownMigrations });
  const directory = await extendedMigrations(context, applicationFiles);
  const applied = new Set(await applicationNames(server, url));
  // Its runner's way: every file in order that `_migrations` does not name.
  const all = [...names, ...Object.keys(applicationFiles)];
  for (const name of all.filter((file) => !applied.has(file)))
    await server.rows(
      `BEGIN; ${await readFile(join(directory, name), "utf8")}; INSERT INTO _migrations (name) VALUES ('${name}'); COMMIT`,
      url,
    );
  assert.deepEqual(await applicationNames(server, url), all);
  assert.deepEqual(await migrate({ url, directory: ownMigrations }), nothing);
});

test("puts a name back that was lost from the application's ledger", async () => {
  const url = await server.database();
  await migrate({ url, directory: ownMigrations });
  await server.rows("DELETE FROM _migrations WHERE name ~ '^002'", url);
  assert.deepEqual(await migrate({ url, directory: ownMigrations }), nothing);
  assert.deepEqual((await applicationNames(server, url)).sort(), names);
});

test("line ends, a byte order mark, comments and white space do not count as an edit", async (context) => {
  const url = await server.database();
  const directory = await extendedMigrations(context, {});
  await migrate({ url, directory });
  const file = join(directory, "001_agent_task_history.sql");
  const text = await readFile(file, "utf8");
  const dressed = `\ufeff-- a licence\n/* /* nested */ */\n${text.replaceAll(" (", "\t ( ")}`.replaceAll(
    "\n",
    "\r\n",
  );
  await writeFile(file, dressed);
  assert.deepEqual(await migrate({ url, directory }), nothing);
  // White space inside a literal does.
  await writeFile(file, text.replace("'{}'", "'{ }'"));
  await assert.rejects(
    migrate({ url, directory }),
    /001_agent_task_history\.sql: edited after it was applied/,
  );
});

test("an applied file that was broken since has no checksum to be shown", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, { "001_a.sql": "SELECT 1" });
  await migrate({ url, directory });
  await writeFile(join(directory, "001_a.sql"), "SELECT '1");
  await assert.rejects(
    migrate({ url, directory }),
    /001_a\.sql:1:8: the quote ' is never closed; close it\n {2}001_a\.sql: edited after it was applied \(checksum \w{12} in mesh_six_infra\.migrations, none in the file\)/,
  );
});

test("two runs at once from two checkouts apply once", async (context) => {
  const url = await server.database();
  const reports = await Promise.all(
    Array.from({ length: 4 }, async () => migrate({ url, directory: await extendedMigrations(context, {}) })),
  );
  assert.deepEqual(reports.flatMap((report) => report.applied).sort(), names);
  assert.equal((await ledgerNames(server, url)).length, 4);
});

test("works as a role that owns the database and is no superuser", async () => {
  const url = new URL(await server.database());
  const name = url.pathname.slice(1);
  await server.rows(`CREATE ROLE ${name} LOGIN PASSWORD 'x'; ALTER DATABASE ${name} OWNER TO ${name}`);
  url.username = name;
  url.password = "x";
  assert.deepEqual((await migrate({ url: url.href, directory: ownMigrations })).applied, names);
  const rows = await server.rows<{ applied_by: string; version: string }>(
    "SELECT DISTINCT applied_by, program_version ~ '^\\d+\\.\\d+' AS version FROM mesh_six_infra.migrations",
    url.href,
  );
  assert.deepEqual(rows, [{ applied_by: name, version: true }]);
});

test("names what the role lacks, with the remedy", async () => {
  const url = new URL(await server.database());
  await server.rows("CREATE ROLE guest LOGIN PASSWORD 'guest'");
  url.username = url.password = "guest";
  const remedy =
    "connect as the owner of the database and of the tables in it, or let their owner grant this role what is missing";
  await assert.rejects(migrate({ url: url.href, directory: ownMigrations }), {
    message: `migrations: SQLSTATE 42501: permission denied for database ${url.pathname.slice(1)}; ${remedy}`,
  });
});

test("a folder that is not there is named", async () => {
  const url = await server.database();
  await assert.rejects(migrate({ url, directory: "/nonexistent" }), {
    message: "migrations: expected a readable folder /nonexistent; correct the setting",
  });
});

test("plans from the state where the server resets every connection", async (context) => {
  const listener = createServer((socket) => socket.resetAndDestroy());
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  context.after(() => new Promise((resolve) => listener.close(resolve)));
  const { port } = listener.address() as AddressInfo;
  const limits = { lockTimeout: 0, statementTimeout: 0, allowOutOfOrder: false };
  const url = `postgres://u:p@127.0.0.1:${port}/d?sslmode=disable`;
  const { failures } = await provider.check({}, { url, directory: ownMigrations, ...limits, migrations: {} });
  assert.deepEqual(failures, []);
});
