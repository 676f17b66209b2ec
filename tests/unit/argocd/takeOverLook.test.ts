import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import { type ApplicationServer, startApplicationServer } from "../../support/cluster/applicationServer.ts";

let server: ApplicationServer;

before(async () => {
  // Without `spec`, which Argo CD requires.
  server = await startApplicationServer(() => ({ metadata: { name: "mesh-six", namespace: "argocd" } }));
});
after(() => server.close());

test("a look before the change goes without what the cluster does not tell, and fails on what it does not understand", async () => {
  const application = { namespace: "argocd", name: "mesh-six" };
  const inputs = { ...server.access, adopt: true, application, objects: [] };
  server.faults = [503];
  assert.deepEqual((await takeOver.check({}, inputs)).inputs, { ...inputs, restored: {} });
  await assert.rejects(takeOver.check({}, inputs), TypeError);
});
