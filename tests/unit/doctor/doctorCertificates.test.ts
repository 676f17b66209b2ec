import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAtCertificates } from "../../../operations/doctor/certificates.ts";

test("doctor warns of an authority that Node knows and Pulumi's plugins do not", () => {
  const environment = { NODE_EXTRA_CA_CERTS: "/etc/company.pem" };
  const look = (extra: string[], system: string[]) =>
    lookAtCertificates(environment, () => ({ extra, system }));
  const found = look(["A\nB", "C"], ["A\r\nB\n"]);
  assert.equal(found.status, "warn");
  assert.match(found.detail, /got 1 that only Node knows/);
  assert.match(found.remedy, /SSL_CERT_FILE/);
  assert.equal(look(["A\nB"], ["A\r\nB\n"]).status, "pass");
  assert.equal(lookAtCertificates({}, () => assert.fail("looked")).status, "pass");
});
