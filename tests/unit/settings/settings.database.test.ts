import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { only, read, secrets } from "./settingsOf.ts";

test("a database of one's own needs a whole connection string, and no admin", () => {
  const rest = { githubToken: secrets["githubToken"]!, secretValues: secrets["secretValues"]! };
  assert.match(
    only({ databaseMode: "existing" }, { secrets: rest }),
    /^mesh-six:databaseUrl: .*got nothing; pulumi config set --secret mesh-six:databaseUrl$/,
  );
  const refused = {
    canary: /got something else; percent-encode user and password/,
    "postgresql://canary@host/db": /got one without a password/,
    "postgresql://u:canary%@host/db": /got something else/,
    "mysql://u:canary@host/db": /got something else/,
    "postgresql://u:canary@host/db\n": /a line break/,
    "postgresql://u:canary@%2Frun%2Fpostgresql/db": /a host that Pods reach, got a Unix socket/,
    "postgresql://u:canary@host/db?keepalives_idle=30": /got keepalives_idle; remove it: Dapr's/,
  };
  for (const [url, words] of Object.entries(refused)) {
    const line = only({ databaseMode: "existing", databaseUrl: url }, { secrets: rest });
    assert.match(line, words, url);
    assert.match(line, /^mesh-six:databaseUrl: .*pulumi config set --secret mesh-six:databaseUrl$/);
    assert.doesNotMatch(line, /canary/);
  }
  const settings = read(
    { databaseMode: "existing", databaseUrl: "postgresql://u:p%40@db.example:6432/mesh?sslmode=require" },
    { secrets: rest },
  );
  assert.deepEqual(settings.database.address, {
    host: "db.example",
    port: 6432,
    database: "mesh",
    sslMode: "require",
    targetSessionAttrs: "any",
  });
});

test("Pods get each parameter of the URL, and never its user or password", async () => {
  const rest = { githubToken: secrets["githubToken"]!, secretValues: secrets["secretValues"]! };
  const query =
    "options=-csearch_path%3Dapp&application_name=me&connect_timeout=4&target_session_attrs=primary";
  const { address } = read(
    { databaseMode: "existing", databaseUrl: `postgresql://u:p@h/?dbname=mesh&${query}` },
    { secrets: rest },
  ).database;
  assert.ok("options" in address && pulumi.Output.isInstance(address.options));
  assert.equal(await pulumi.isSecret(address.options), true, "options can hold anything");
  assert.deepEqual(
    { ...address, options: undefined },
    {
      host: "h",
      port: 5432,
      database: "mesh",
      sslMode: "prefer",
      applicationName: "me",
      connectTimeout: 4,
      targetSessionAttrs: "primary",
      options: undefined,
    },
  );
});

test("the upkeep's certificate is read where its setting or the URL names a file", () => {
  const rest = { githubToken: secrets["githubToken"]!, secretValues: secrets["secretValues"]! };
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-certificate-"));
  try {
    const file = join(folder, "ca.crt");
    const pem = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
    writeFileSync(file, pem);
    const of = (url: string, more: Record<string, string> = {}) =>
      read({ databaseMode: "existing", databaseUrl: url, ...more }, { secrets: rest }).eventLog.upkeep
        ?.rootCertificate;
    const url = "postgresql://u:p@h/d?sslmode=verify-full";
    assert.equal(of(`${url}&sslrootcert=${file}`), pem);
    assert.equal(of(url, { eventUpkeepRootCertificate: file }), pem);
    assert.equal(of(url, { eventUpkeepRootCertificate: pem }), pem);
    assert.equal(of(`${url}&sslrootcert=system`), undefined);
    assert.equal(of("postgresql://u:p@h/d"), undefined);
    writeFileSync(file, "no certificate");
    const line = only(
      { databaseMode: "existing", databaseUrl: url, eventUpkeepRootCertificate: file },
      { secrets: rest },
    );
    assert.match(line, /^mesh-six:eventUpkeepRootCertificate: .*got a file without a certificate in PEM;/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a database of one's own gets no extension from here", () => {
  const databaseUrl = "postgresql://u:p@db.example/mesh";
  assert.match(
    only({ databaseMode: "existing", databaseUrl, databaseVector: "true" }),
    /^mesh-six:databaseVector: expected false .*create extension vector/,
  );
});
