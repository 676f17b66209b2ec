import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "../../../lib/text/problem.ts";
import { askServer, databaseProblems } from "../../../preflight/database.ts";
import { startPostgres } from "../../support/postgres/postgres.ts";

test("a standby is refused, by its address or by its URL, and nothing else is said of it", async () => {
  const standby = await startPostgres({}, "standby");
  try {
    const { host, port, adminUrl: url } = standby;
    assert.deepEqual(databaseProblems(await askServer({ url }), { url }).map(lineOf), [
      `mesh-six:databaseUrl: expected a server that takes writes, got the standby postgres@${host}:${port}/postgres; name its primary`,
    ]);
    const login = {
      ...({ host, port, sslMode: "disable", adminDatabase: "postgres", adminUser: "postgres" } as const),
      ...{ adminPassword: decodeURIComponent(new URL(url).password), adminSuperuser: true, vector: true },
      ...{ user: "mesh_six", name: "mesh_six" },
    };
    assert.deepEqual(databaseProblems(await askServer(login), login).map(lineOf), [
      `mesh-six:databaseHost: expected a server that takes writes, got the standby ${host}:${port}; name its primary`,
    ]);
  } finally {
    await standby.close();
  }
});
