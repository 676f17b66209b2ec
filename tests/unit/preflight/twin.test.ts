import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster, ClusterObject, ObjectReference } from "../../../lib/kubernetes/cluster.ts";
import { refusalLine } from "../../../preflight/adoption/planText.ts";
import { planObject } from "../../../preflight/adoption/plan/plan.ts";
import { route } from "../../support/cluster/adoption.ts";

/** A cluster that has nothing but these objects, as `APIVERSION KIND/NAME`, and is only read. */
const having = (...objects: readonly string[]) =>
  ({
    get: <T extends ClusterObject>({ apiVersion, kind, name }: ObjectReference) => {
      const isThere = objects.includes(`${apiVersion} ${kind}/${name}`);
      return Promise.resolve(isThere ? ({ metadata: { name } } as T) : undefined);
    },
  }) as Pick<Cluster, "get"> as Cluster;

const old = "traefik.containo.us/v1alpha1 IngressRoute/dashboard";
const today = "traefik.io/v1alpha1 IngressRoute/dashboard";
const plan = async (cluster: Cluster, object = route(), lose: readonly string[] = []) => {
  const choices = { keep: [], lose, released: <T>(one: T) => one };
  const found = await planObject(cluster, undefined, { object, later: [] }, choices);
  return found?.planned.refusals.map(refusalLine);
};

test("an IngressRoute is not made beside that of Traefik's other group, which ArgoCD would delete", async () => {
  assert.match(
    (await plan(having(old)))?.join() ?? "",
    /^expected none of the group traefik\.containo\.us beside it, got IngressRoute mesh-six\/dashboard of that group.*the same of the group traefik\.io; .*'mesh-six:adoptLose\[0\]' IngressRoute\/dashboard$/,
  );
  const before = { ...route(), apiVersion: "traefik.containo.us/v1alpha1" };
  assert.equal((await plan(having(today), before))?.length, 1);
});

test("it is made where there is none of the other group, or a setting lets that go", async () => {
  assert.deepEqual(await plan(having()), []);
  assert.deepEqual(await plan(having(old), route(), ["IngressRoute/dashboard"]), []);
  assert.equal((await plan(having(old), route(), ["IngressRoute/dashboard spec.routes"]))?.length, 1);
});
