import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { UnreachableDatabaseError, withClient } from "../../../lib/postgres/postgres.ts";
import { issueDatabaseCertificates, type DatabaseCertificates } from "../../support/postgres/certificates.ts";
import { findPgbouncer, startPgbouncer } from "../../support/postgres/pgbouncer.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let certificates: DatabaseCertificates;
let server: TestPostgres;
let home: string;
const ownHome = process.env["HOME"];
before(async () => {
  certificates = await issueDatabaseCertificates("localhost");
  server = await startPostgres(certificates.settings);
  await server.rows("CREATE SCHEMA app");
  home = mkdtempSync(join(tmpdir(), "mesh-six-home-"));
  process.env["HOME"] = home;
});
after(async () => {
  process.env["HOME"] = ownHome;
  await server.close();
  certificates.remove();
  rmSync(home, { recursive: true });
});

const session = { applicationName: "mesh-six test" };

/** The server's URL with another query, by a name or address of the same machine. */
function urlWith(query: string, host = "127.0.0.1"): string {
  return server.adminUrl.replace("127.0.0.1", host).replace("sslmode=disable", query);
}

function shown(url: string, setting: string, options: object = {}): Promise<string | undefined> {
  return withClient(url, { ...session, ...options }, async (client) => {
    const { rows } = await client.query<{ value: string }>("SELECT current_setting($1) AS value", [setting]);
    return rows[0]?.value;
  });
}

test("a session has the options and the name its URL gives it, read-only ones too", async () => {
  const url = urlWith("sslmode=disable&options=-csearch_path%3Dapp&application_name=theirs");
  assert.equal(await shown(url, "search_path"), "app");
  assert.equal(await shown(url, "search_path", { readOnly: true }), "app");
  assert.equal(await shown(url, "transaction_read_only", { readOnly: true }), "on");
  assert.equal(await shown(url, "application_name"), "theirs");
  assert.equal(await shown(urlWith("sslmode=disable"), "application_name"), "mesh-six test");
});

test("libpq's environment variables change nothing of what a URL says", async () => {
  const variables = {
    ...{
      PGOPTIONS: "-csearch_path=app",
      PGHOST: "192.0.2.1",
      PGPORT: "1",
      PGDATABASE: "other",
      PGUSER: "other",
    },
    ...{
      PGSSLMODE: "verify-full",
      PGSSLNEGOTIATION: "direct",
      PGAPPNAME: "other",
      PGCLIENTENCODING: "latin1",
    },
  };
  Object.assign(process.env, variables);
  try {
    assert.equal(await shown(urlWith("sslmode=disable"), "search_path"), '"$user", public');
    assert.equal(await shown(urlWith("sslmode=disable"), "application_name"), "mesh-six test");
    assert.equal(process.env["PGOPTIONS"], variables.PGOPTIONS, "they stay for other programs");
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
});

test("a server that takes no writes is refused where the URL asks for one that does", async () => {
  const url = await server.database();
  await server.rows(
    `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`,
  );
  const wanting = (attributes: string) => `${url}&target_session_attrs=${attributes}`;
  await assert.rejects(
    shown(wanting("read-write"), "search_path"),
    /got one whose sessions are read-only where the URL says target_session_attrs=read-write; name the server/,
  );
  await shown(wanting("primary"), "search_path");
  await shown(wanting("any"), "search_path");
  await shown(wanting("read-write"), "search_path", { readOnly: true });
});

const pgbouncer = findPgbouncer();
if (pgbouncer === undefined && process.env["MESH_SIX_REQUIRE_PGBOUNCER"] !== undefined)
  throw new Error("MESH_SIX_REQUIRE_PGBOUNCER is set, yet there is no PgBouncer");

test(
  "options that a pooler drops on the way are named instead of leading to another schema",
  { skip: pgbouncer === undefined && "there is no PgBouncer here" },
  async () => {
    const pooler = await startPgbouncer(pgbouncer!, "session", server.adminUrl, {
      ignore_startup_parameters: "options",
    });
    try {
      await assert.rejects(
        shown(`${pooler.url}&options=-csearch_path%3Dapp`, "search_path"),
        /a session without search_path, which the URL's options set and a pooler on the way drops; connect to PostgreSQL itself/,
      );
    } finally {
      await pooler.close();
    }
  },
);

/** Host, query, and what the session is to be: encrypted, plain, or refused with these words. */
const tlsCases: readonly (readonly [string, string, "encrypted" | "plain" | RegExp])[] = [
  ["127.0.0.1", "sslmode=disable", "plain"],
  ["127.0.0.1", "sslmode=allow", "plain"],
  ["127.0.0.1", "sslmode=prefer", "encrypted"],
  ["127.0.0.1", "sslmode=require", "encrypted"],
  ["127.0.0.1", "sslmode=require&sslrootcert=AUTHORITY", "encrypted"],
  ["127.0.0.1", "sslmode=require&sslrootcert=STRANGER", /name the file of its authority's certificate/],
  ["127.0.0.1", "sslmode=verify-ca&sslrootcert=AUTHORITY", "encrypted"],
  ["127.0.0.1", "sslmode=verify-ca&sslrootcert=STRANGER", /name the file of its authority's certificate/],
  ["127.0.0.1", "sslmode=verify-full&sslrootcert=AUTHORITY", /connect by a name that the certificate bears/],
  ["localhost", "sslmode=verify-full&sslrootcert=AUTHORITY", "encrypted"],
  ["localhost", "sslmode=verify-full&sslrootcert=STRANGER", /name the file of its authority's certificate/],
  ["localhost", "sslrootcert=system", /name the file of its authority's certificate/],
  ["localhost", "sslmode=verify-full&sslrootcert=/nowhere", /sslrootcert to be a readable file, got ENOENT/],
];

async function tls(url: string): Promise<"encrypted" | "plain"> {
  const sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  const { rows } = await withClient(url, session, (client) => client.query<{ ssl: boolean }>(sql));
  return rows[0]?.ssl ? "encrypted" : "plain";
}

function query(text: string): string {
  return text.replace("AUTHORITY", certificates.authority).replace("STRANGER", certificates.stranger);
}

for (const [host, text, outcome] of tlsCases) {
  test(`${host} with ${text}: ${outcome instanceof RegExp ? "refused" : outcome}`, async () => {
    const url = urlWith(query(text), host);
    if (outcome instanceof RegExp) await assert.rejects(tls(url), outcome);
    else assert.equal(await tls(url), outcome);
  });
}

test("root.crt in the home's .postgresql verifies as libpq's does", async () => {
  const file = join(home, ".postgresql", "root.crt");
  mkdirSync(join(home, ".postgresql"));
  try {
    copyFileSync(certificates.authority, file);
    assert.equal(await tls(urlWith("sslmode=verify-full", "localhost")), "encrypted");
    assert.equal(await tls(urlWith("sslmode=require")), "encrypted");
    copyFileSync(certificates.stranger, file);
    await assert.rejects(tls(urlWith("sslmode=require")), UnreachableDatabaseError);
    assert.equal(
      await tls(urlWith(query("sslmode=require&sslrootcert=AUTHORITY"))),
      "encrypted",
      "the URL's own counts before it",
    );
  } finally {
    rmSync(join(home, ".postgresql"), { recursive: true });
  }
});

test("a certificate handed over counts before the URL's", async () => {
  const url = urlWith(query("sslmode=verify-ca&sslrootcert=STRANGER"));
  const rootCertificate = readFileSync(certificates.authority, "utf8");
  await withClient(url, { ...session, rootCertificate }, (client) => client.query("SELECT 1"));
});

const psql = spawnSync("psql", ["--version"], { encoding: "utf8" });
const psqlVersion = Number(/\) (\d+)/.exec(psql.stdout ?? "")?.[1] ?? 0);

test(
  "psql does the same by each of these URLs",
  { skip: psqlVersion === 0 && "there is no psql here" },
  async (context) => {
    for (const [host, text, outcome] of tlsCases) {
      // An older one takes the word for the name of a file.
      if (/sslrootcert=system/.test(text) && psqlVersion < 16) {
        context.diagnostic(`left out: ${text} needs psql 16, here is ${String(psqlVersion)}`);
        continue;
      }
      const sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
      const args = ["--no-psqlrc", "--tuples-only", "--no-align", "--command", sql];
      const run = promisify(execFile)("psql", [...args, urlWith(query(text), host)], {
        env: { ...process.env, HOME: home },
      });
      if (outcome instanceof RegExp) await assert.rejects(run, `${host} ${text}`);
      else assert.equal((await run).stdout.trim(), outcome === "encrypted" ? "t" : "f", `${host} ${text}`);
    }
  },
);
