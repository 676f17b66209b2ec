import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as sync from "../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import { application } from "../../support/cluster/applications.ts";
import { eventually } from "../../support/cluster/cluster.ts";
import { ByHand, good, route } from "./byHand.ts";

let byHand: ByHand;

before(async () => {
  byHand = await ByHand.start();
});
after(() => byHand.cluster.close());

test("keeps what automated sync was when it is cut off after its pause, until the declaration has given it back", async () => {
  const automated = { enabled: false, allowEmpty: true };
  const named = { namespace: "by-hand", name: "cut-off" };
  await byHand.cluster.apply(application("cut-off", { namespace: "by-hand", syncPolicy: { automated } }));
  // ArgoCD syncs on and on, so that the wait for it lasts.
  const { source } = (await byHand.live("cut-off")).spec;
  const operationState = { phase: "Running", startedAt: new Date().toISOString(), operation: {} };
  await byHand.write("cut-off", { status: { ...good(source), operationState } });
  const inputs = { ...byHand.access, adopt: true, application: named, objects: [route] };
  const run = takeOver.create(inputs).catch((error: unknown) => error);
  await eventually("the Application is paused", async () => {
    const { spec } = await byHand.live("cut-off");
    return spec.syncPolicy?.automated === undefined ? true : undefined;
  });

  // A run that knows nothing of the first one.
  const { inputs: checked } = await takeOver.check({}, inputs);
  assert.deepEqual(checked?.foreign?.automated, automated);
  await byHand.write("cut-off", { status: { operationState: { ...operationState, phase: "Succeeded" } } });
  await run;
  const again = await takeOver.create(inputs);
  assert.deepEqual(again.outs?.foreign.automated, automated);

  // As the declaration does.
  await byHand.write("cut-off", { spec: { syncPolicy: { automated } } });
  await sync.create({ ...byHand.syncInputs("cut-off", 1), objects: [] });
  const { metadata } = await byHand.live("cut-off");
  assert.equal(metadata.annotations?.["mesh-six/automated"], undefined);
});
