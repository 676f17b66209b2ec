import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import type { Application, KustomizePatch } from "../../../../lib/argocd/application.ts";
import { appOfApps } from "../../../support/cluster/applications.ts";
import { startCluster } from "../../../support/cluster/cluster.ts";
import { secret } from "./belongings.ts";
import type { ByPerson } from "./byPerson.ts";
import { changesBetween, everything, uidsOf } from "./everything.ts";
import { configure, install } from "./installed.ts";
import { Refused, TakenOver } from "./takenOver.ts";

/*
 * An installation whose Application has a parent, followed as the refusal says: the objects are annotated, the patches
 * stand in the parent's declaration, and the stack goes without an Application of its own.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;
let person: ByPerson;

const name = "below-a-parent";
const mark = { "argocd.argoproj.io/tracking-id": `root:argoproj.io/Application:argocd/${name}` };

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
  await configure(cluster);
  person = await install(cluster, name, { others: [secret("made-by-hand")] });
  await cluster.apply(appOfApps("root"));
  await person.write({ metadata: { annotations: mark } });
});
after(() => cluster.close());

/** The error of an `up` that refuses to do anything. */
async function refusalOf(stack: TakenOver): Promise<string> {
  return stack.up().then(
    () => assert.fail("expected to be refused"),
    (error: unknown) => (error instanceof Refused ? error.message : Promise.reject(error as Error)),
  );
}

/** Does by hand what the text says. @returns the patches for the parent */
async function followed(text: string): Promise<readonly KustomizePatch[]> {
  const [, objects = "", option = ""] =
    /for object in (.*); do kubectl .* annotate --overwrite \$object (\S+); done/.exec(text) ??
    assert.fail(text);
  for (const object of objects.split(" ")) {
    const annotate = ["-n", name, "annotate", "--overwrite", object, option];
    await cluster.kubectl(annotate).catch((error: unknown) => assert.match(String(error), /NotFound/));
  }
  await cluster.kubectl(["annotate", "--overwrite", "namespace", name, option]);
  const yaml = text.slice(text.indexOf("  source:"));
  return (parse(yaml) as { source: { kustomize: { patches: KustomizePatch[] } } }).source.kustomize.patches;
}

test("following the refusal's instructions makes the take-over possible, and loses nothing on the way", async () => {
  const found = await everything(cluster, name);
  const patches = await followed(await refusalOf(new TakenOver(cluster, name)));
  const { source } = (await person.application()).spec;
  const declared: Pick<Application, "spec"> = {
    spec: { source: { ...source, kustomize: { ...source?.kustomize, patches } } },
  };
  await person.write(declared);
  await person.syncByHand();
  assert.deepEqual(uidsOf(await everything(cluster, name)), uidsOf(found), "once the parent has the patches");

  const stack = new TakenOver(cluster, name, { argocdPatchesBy: "parent" });
  const plan = await stack.up();
  assert.ok(!plan.some(({ kind }) => kind === "Application"), "the Application stays its parent's");
  await person.syncByHand();
  const taken = await everything(cluster, name);
  for (const [key, uid] of Object.entries(uidsOf(found))) assert.equal(uidsOf(taken)[key], uid, key);

  // The parent's own controller puts back what it declares, now and then.
  await person.write(declared);
  await person.reconcile();
  assert.deepEqual(await stack.up(), [], "another up");
  await person.syncByHand();
  assert.deepEqual(changesBetween(taken, await everything(cluster, name)), [], "after another up");
});

test("once the parent has lost the patches, up says so and nothing is pruned", async () => {
  const stack = new TakenOver(cluster, name, { argocdPatchesBy: "parent" });
  const before = uidsOf(await everything(cluster, name));
  await person.loseThePatches();
  await person.syncByHand();
  assert.match(await refusalOf(stack), /expected its parent to have written the patches .* got none for/);
  assert.deepEqual(uidsOf(await everything(cluster, name)), before);
});
