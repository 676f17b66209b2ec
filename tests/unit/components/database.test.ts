import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { Database, existingDatabase } from "../../../components/database.ts";
import { parseConnection } from "../../../lib/postgres/connection.ts";
import { databaseUrl, urlForServices } from "../../../lib/postgres/url.ts";
import { percentEncoded } from "../../../lib/text/percentEncoded.ts";
import { declarations } from "../../support/engine/mocks.ts";
import { isSecretInput, unwrapped } from "../../support/cluster/secretInputs.ts";

/** The answers of the stand-in for the random plugin. */
const generated = { "random:index/randomPassword:RandomPassword": { result: "generated" } };

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

const server = {
  host: "[fd00::1]",
  port: 5432,
  sslMode: "require",
  adminUser: "postgres",
  adminPassword: pulumi.secret("admin"),
  adminDatabase: "postgres",
  adminSuperuser: true,
  name: "mesh_six",
  user: "mesh_six",
  vector: false,
  retain: true,
} as const;

test("every part of a URL survives what percent-encoding is for", () => {
  for (const text of ["@:/%' ", "ü€", "a+b&c=d", '"\\`$(x)!*', "%40"]) {
    assert.equal(decodeURIComponent(percentEncoded(text)), text);
    assert.match(percentEncoded(text), /^[A-Za-z0-9%._~-]*$/);
  }
});

test("a database URL gives back user, password and name, whatever is in them", () => {
  const url = databaseUrl({
    host: "db",
    port: 6432,
    user: "u@:/",
    password: "p@:/%' ",
    name: "n/a b",
    sslMode: "disable",
  });
  const parsed = new URL(url);
  assert.equal(decodeURIComponent(parsed.username), "u@:/");
  assert.equal(decodeURIComponent(parsed.password), "p@:/%' ");
  assert.equal(decodeURIComponent(parsed.pathname), "/n/a b");
  assert.equal(parsed.host, "db:6432");
  assert.equal(parsed.searchParams.get("sslmode"), "disable");
});

test("an IPv6 host stands in brackets, once", () => {
  const of = (host: string) =>
    new URL(databaseUrl({ host, port: 1, user: "u", password: "p", name: "n" })).hostname;
  assert.equal(of("fd00::1"), "[fd00::1]");
  assert.equal(of("[fd00::1]"), "[fd00::1]");
});

test("the role owns the database, logs in with a generated password and may do nothing else", async () => {
  let database: Database | undefined;
  const declared = await declarations(() => (database = new Database("database", server)), generated);
  const inputs = (type: string) => declared.find((one) => one.type === type)?.inputs;
  assert.equal(isSecretInput(inputs("postgresql:index/role:Role")?.["password"]), true);
  assert.deepEqual(unwrapped(inputs("postgresql:index/role:Role")), {
    name: "mesh_six",
    login: true,
    password: "generated",
    superuser: false,
    createRole: false,
    createDatabase: false,
    replication: false,
    bypassRowLevelSecurity: false,
  });
  assert.deepEqual(inputs("postgresql:index/database:Database"), { name: "mesh_six", owner: "mesh_six" });
  const provider = inputs("pulumi:providers:postgresql");
  assert.equal(provider?.["host"], "fd00::1");
  assert.equal(isSecretInput(provider?.["password"]), true);
  assert.equal(
    declared.some(({ type }) => type.includes("Extension")),
    false,
  );
  assert.equal(
    await valueOf(database!.url),
    "postgresql://mesh_six:generated@[fd00::1]:5432/mesh_six?sslmode=require",
  );
  assert.equal(await pulumi.isSecret(database!.url), true);
  assert.equal(await pulumi.isSecret(database!.password), true);
});

test("the extension vector is made in the database when asked for", async () => {
  const declared = await declarations(() => new Database("database", { ...server, vector: true }), generated);
  const extension = declared.find(({ type }) => type === "postgresql:index/extension:Extension");
  assert.deepEqual(extension?.inputs, { name: "vector", database: "mesh_six" });
});

test("a database of one's own declares nothing, and is taken apart as it was put together", async () => {
  let own: ReturnType<typeof existingDatabase> | undefined;
  const url = pulumi.secret("postgresql://me%40:p%2F%27@db:5432/mesh");
  const declared = await declarations(() => (own = existingDatabase(url)));
  assert.equal(await valueOf(own!.username), "me@");
  assert.equal(await valueOf(own!.password), "p/'");
  assert.equal(await pulumi.isSecret(own!.password), true);
  assert.equal(await pulumi.isSecret(own!.url), true);
  assert.deepEqual(declared, []);
});

test("the services' URL says before the ? what drivers do not read behind it", () => {
  const same = "postgresql://u:p%40@h/d?options=-csearch_path%3Dapp&sslmode=require";
  assert.equal(urlForServices(same), same);
  const moved = {
    "postgres://h/?user=u%40&password=p%2F&dbname=d%20d&port=6432&connect_timeout=3":
      "postgresql://u%40:p%2F@h:6432/d%20d?sslmode=prefer&connect_timeout=3",
    "postgres://u:p@h/d?sslrootcert=system": "postgresql://u:p@h:5432/d?sslmode=verify-full",
    "postgres://u:p@x/d?host=h&sslmode=disable": "postgresql://u:p@h:5432/d?sslmode=disable",
  };
  for (const [url, services] of Object.entries(moved)) {
    assert.equal(urlForServices(url), services);
    assert.deepEqual(
      { ...parseConnection(services), sslRootCert: undefined },
      { ...parseConnection(url), sslRootCert: undefined },
    );
  }
});
