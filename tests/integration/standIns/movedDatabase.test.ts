import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { resolveToolchain } from "../../../toolchain/resolve.ts";
import { Engine } from "../../support/engine/engine.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

/*
 * The server's address or the database's name changes in the settings of a stack that made both: the preview says
 * what it means, and nothing is changed where it cannot end well.
 */
let folder: string;
let engine: Engine;
let [home, away]: TestPostgres[] = [];

before(async () => {
  [home, away] = await Promise.all([startPostgres(), startPostgres()]);
  folder = await mkdtemp(join(tmpdir(), "mesh-six-moved-"));
  const postgresql = [home, away].map(({ host, port }) => `${host}:${port}`);
  await writeFile(join(folder, "targets.json"), JSON.stringify({ postgresql }));
  const { engine: found } = await resolveToolchain({ progress: () => undefined });
  engine = await Engine.create({ engine: found, kubeconfig: "" }, folder);
  const made = await run("up", home, { DATABASE_FOUND: `{"role":false,"database":false}` });
  assert.ok(made.succeeded, made.output);
});
after(async () => {
  await engine.close();
  await home?.close();
  await away?.close();
  await rm(folder, { recursive: true });
});

function run(operation: string, { host, port, adminUrl }: TestPostgres, more: Record<string, string> = {}) {
  return engine.run(operation, "movableDatabase", "moved", {
    DATABASE_HOST: host,
    DATABASE_PORT: String(port),
    DATABASE_PASSWORD: decodeURIComponent(new URL(adminUrl).password),
    DATABASE_NAME: "mesh_six",
    DATABASE_USER: "mesh_six",
    DATABASE_FOUND: `{"role":true,"database":true}`,
    ...more,
  });
}

/** The role at the new address gets the password that it has at the old one, as pg_dumpall copies it. */
async function giveOwnPassword(): Promise<void> {
  const [role] = await home!.rows<{ rolpassword: string }>(
    "SELECT rolpassword FROM pg_authid WHERE rolname = 'mesh_six'",
  );
  await away!.rows(`ALTER ROLE mesh_six PASSWORD ${pg.escapeLiteral(role?.rolpassword ?? "")}`);
}

test("an empty server at the new address is refused in the preview, with what is missing there", async () => {
  const preview = await run("preview", away!, { DATABASE_FOUND: `{"role":false,"database":false}` });
  assert.equal(preview.succeeded, false);
  assert.match(
    preview.output,
    /databaseHost and databasePort: 127\.0\.0\.1:\d+ becomes 127\.0\.0\.1:\d+: expected role mesh_six and database mesh_six to be there, since no rows are copied, got no role mesh_six and no database mesh_six; copy them first/,
  );
});

test("a role at the new address that another password lets in is refused", async () => {
  await away!.rows("CREATE ROLE mesh_six LOGIN PASSWORD 'another'");
  await away!.rows("CREATE DATABASE mesh_six OWNER mesh_six");
  const preview = await run("preview", away!);
  assert.equal(preview.succeeded, false);
  assert.match(preview.output, /to log in with this stack's password, got a refusal \(SQLSTATE 28P01\)/);
});

test("a database at the new address that is another role's is refused", async () => {
  await giveOwnPassword();
  await away!.rows("ALTER DATABASE mesh_six OWNER TO postgres");
  const preview = await run("preview", away!);
  assert.equal(preview.succeeded, false);
  assert.match(
    preview.output,
    /expected database mesh_six there to be role mesh_six's, got one of role postgres; as the administrator: ALTER DATABASE mesh_six OWNER TO mesh_six, or set the old address again/,
  );
});

test("a copy at the new address is taken, and the preview says that no rows are copied", async () => {
  await giveOwnPassword();
  await away!.rows("ALTER DATABASE mesh_six OWNER TO mesh_six");
  const preview = await run("preview", away!);
  assert.ok(preview.succeeded, preview.output);
  assert.match(preview.output, /there are taken for this stack's own; no rows are copied/);
  assert.ok((await run("up", away!)).succeeded);
  const back = await run("up", home!);
  assert.ok(back.succeeded, back.output);
});

test("another name renames the role: not onto one that is there, and the preview says who is refused then", async () => {
  const renamed = (role: boolean) => ({
    DATABASE_USER: "renamed",
    DATABASE_FOUND: `{"role":${role},"database":true}`,
  });
  const taken = await run("preview", home!, renamed(true));
  assert.equal(taken.succeeded, false);
  assert.match(
    taken.output,
    /databaseUser: .*expected no role renamed yet, got one; drop or rename that one/,
  );
  const preview = await run("preview", home!, renamed(false));
  assert.ok(preview.succeeded, preview.output);
  assert.match(
    preview.output,
    /role mesh_six at 127\.0\.0\.1 is renamed to renamed, with all that it owns; clients that still use the old name are refused/,
  );
  const up = await run("up", home!, renamed(false));
  assert.ok(up.succeeded, up.output);
  assert.deepEqual(
    await home!.rows("SELECT rolname FROM pg_roles WHERE rolname IN ('mesh_six', 'renamed')"),
    [{ rolname: "renamed" }],
  );
  const back = await run("up", home!, { DATABASE_FOUND: `{"role":false,"database":true}` });
  assert.ok(back.succeeded, back.output);
});

test("another name renames the database: not while it is in use, nor onto one that is there", async () => {
  const renamed = (found: boolean) => ({
    DATABASE_NAME: "renamed",
    DATABASE_FOUND: `{"role":true,"database":${found}}`,
  });
  assert.match(
    (await run("preview", home!, renamed(true))).output,
    /expected no database renamed yet, got one/,
  );
  const user = new pg.Client({
    connectionString: home!.adminUrl.replace("/postgres?", "/mesh_six?"),
    application_name: "a service",
  });
  await user.connect();
  const inUse = await run("preview", home!, renamed(false));
  await user.end();
  assert.equal(inUse.succeeded, false);
  assert.match(
    inUse.output,
    /expected no session in it, for the server renames none in use, got 1 of a service/,
  );
  const preview = await run("preview", home!, renamed(false));
  assert.ok(preview.succeeded, preview.output);
  assert.match(preview.output, /database mesh_six at 127\.0\.0\.1 is renamed to renamed, with all its rows/);
  assert.ok((await run("up", home!, renamed(false))).succeeded);
  const names = await home!.rows<{ datname: string }>("SELECT datname FROM pg_database");
  assert.ok(names.some(({ datname }) => datname === "renamed"));
  assert.ok(!names.some(({ datname }) => datname === "mesh_six"));
});
