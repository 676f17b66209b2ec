import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { describeDatabase, UnreachableDatabaseError, withClient } from "../../../lib/postgres/postgres.ts";
import { freePort, startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const session = { applicationName: "mesh-six test" };

test("a read-only session is refused writes by the server itself", async () => {
  await assert.rejects(
    withClient(server.adminUrl, { ...session, readOnly: true }, (client) =>
      client.query("CREATE TABLE t ()"),
    ),
    { code: "25006" },
  );
});

test("waits for a server that starts a moment later", async () => {
  const port = await freePort();
  const url = `postgres://u:p@127.0.0.1:${port}/d?sslmode=disable`;
  const started = Date.now();
  await assert.rejects(
    withClient(url, { ...session, retryFor: 400 }, async () => {}),
    UnreachableDatabaseError,
  );
  assert.ok(Date.now() - started > 200, "gave up at once");
});

test("names user, host and database when it cannot connect, never the password", async () => {
  const port = await freePort();
  await assert.rejects(
    withClient(`postgres://u:hunter2@127.0.0.1:${port}/d?sslmode=disable`, session, async () => {}),
    {
      name: "UnreachableDatabaseError",
      message: `database u@127.0.0.1:${port}/d: expected to connect, got connect ECONNREFUSED 127.0.0.1:${port}; check that the server runs and that host, port and sslmode are right`,
    },
  );
  await assert.rejects(
    withClient(`postgres://postgres:hunter2@127.0.0.1:${server.port}/postgres`, session, async () => {}),
    (error: Error) => /28P01/.test(error.message) && !/hunter2/.test(error.message),
  );
});

test("an ill-formed URL is refused without being shown", async () => {
  for (const url of ["postgres://u:hunter2@host:port/d", "postgres://u:hunter2%@127.0.0.1:1/d"]) {
    const refused = (error: Error) =>
      error.message.startsWith("database URL: expected postgres://user:password@host:port/database") &&
      !JSON.stringify([error, error.message, error.cause]).includes("hunter2");
    assert.throws(() => describeDatabase(url), refused);
    await assert.rejects(
      withClient(url, session, async () => {}),
      refused,
    );
  }
});

test("a URL whose TLS settings cannot be is refused before anything is tried", async () => {
  const refused = {
    "sslmode=sure":
      /^ConnectionStringError: database URL: expected sslmode disable, .*, got sure; correct it$/,
    "sslmode=verify-full&sslrootcert=/nowhere":
      /^Error: database URL: expected sslrootcert to be a readable file, got ENOENT.*; correct the setting$/,
  };
  for (const [query, error] of Object.entries(refused))
    await assert.rejects(
      withClient(`postgres://u:p@127.0.0.1:1/d?${query}`, session, async () => {}),
      error,
    );
});

test("a session killed by the server rejects the query and leaves the process alive", async () => {
  await assert.rejects(
    withClient(server.adminUrl, session, async (client) => {
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      await server.rows("SELECT pg_terminate_backend($1)", server.adminUrl, [rows[0]?.pid]);
      await client.query("SELECT 1");
    }),
  );
});

test("takes a plain connection when the server offers no TLS and none is required", async () => {
  const url = server.adminUrl.replace("?sslmode=disable", "");
  assert.equal(
    await withClient(url, session, async (client) => (await client.query("SELECT 1")).rowCount),
    1,
  );
  await assert.rejects(
    withClient(`${url}?sslmode=require`, session, async () => {}),
    UnreachableDatabaseError,
  );
});
