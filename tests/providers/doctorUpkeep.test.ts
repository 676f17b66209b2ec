import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { lookAtUpkeepCertificate } from "../../operations/doctor/cluster/upkeep.ts";
import { issueDatabaseCertificates, type DatabaseCertificates } from "../support/postgres/certificates.ts";
import { startPostgres, type TestPostgres } from "../support/postgres/postgres.ts";
import { read, secrets } from "../unit/settings/settingsOf.ts";

let certificates: DatabaseCertificates;
let server: TestPostgres;
before(async () => {
  certificates = await issueDatabaseCertificates("localhost");
  server = await startPostgres(certificates.settings);
});
after(async () => {
  await server.close();
  certificates.remove();
});

function look(query: string, more: Record<string, string> = {}) {
  const databaseUrl = server.adminUrl.replace("127.0.0.1", "localhost").replace("sslmode=disable", query);
  const rest = { githubToken: secrets["githubToken"]!, secretValues: secrets["secretValues"]! };
  return lookAtUpkeepCertificate(read({ databaseMode: "existing", databaseUrl, ...more }, { secrets: rest }));
}

test("a certificate of a private authority that the CronJob is not given fails before the night", async () => {
  const { status, detail, remedy } = await look("sslmode=verify-full");
  assert.equal(status, "fail");
  assert.match(
    detail,
    /expected the server's certificate to be a public authority's.*postgres:18-alpine knows, got: /,
  );
  assert.equal(remedy, "pulumi config set mesh-six:eventUpkeepRootCertificate FILE");
});

test("the certificate of its own setting is tried on the server", async () => {
  for (const mode of ["require", "verify-ca", "verify-full"]) {
    const right = await look(`sslmode=${mode}`, { eventUpkeepRootCertificate: certificates.authority });
    assert.deepEqual(right, {
      status: "pass",
      detail: "verifies the server by the certificate it is given",
      remedy: "",
    });
    const wrong = await look(`sslmode=${mode}`, { eventUpkeepRootCertificate: certificates.stranger });
    assert.match(
      `${wrong.status}: ${wrong.detail}`,
      /^fail: upkeep's CronJob: expected its certificate to verify/,
    );
  }
});

test("a file that the URL names is said to be looked for in Pods too", async () => {
  const { status, detail } = await look(`sslmode=verify-full&sslrootcert=${certificates.authority}`);
  assert.equal(status, "warn");
  assert.ok(detail.includes(`got ${certificates.authority} of this machine`));
});

test("looks at nothing where nothing is verified", async () => {
  assert.equal((await look("sslmode=require")).status, "skipped");
  assert.equal((await look("sslmode=verify-full", { eventUpkeep: "false" })).status, "skipped");
});
