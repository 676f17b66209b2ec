import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { lookAtApplication, lookAtArgoCd } from "../../../operations/doctor/cluster/argocd.ts";
import { type Cluster, lookAtNamespace } from "../../../operations/doctor/cluster/cluster.ts";
import { grantItems } from "../../../operations/doctor/database/grants.ts";
import type { Manifest } from "../../../operations/doctor/cluster/overlay.ts";
import type { Stack } from "../../../operations/doctor/stack.ts";
import { lookAtWorkflows } from "../../../operations/doctor/github/boardWorkflows.ts";
import { read } from "../settings/settingsOf.ts";

interface Review {
  readonly spec: { readonly resourceAttributes: { readonly resource: string; readonly verb: string } };
}

const nothingMade = {
  made: { has: () => false, inputs: () => undefined, databaseUrl: undefined },
} as unknown as Stack;

describe("doctor's look at a cluster", () => {
  let server: Server;
  /** The API server's answers by path; all other paths are not there. */
  let objects: Record<string, unknown> = {};
  let isAllowed: (review: Review) => boolean = () => true;
  let cluster: Cluster;
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const path = request.url ?? "";
        const answer = path.includes("selfsubjectaccessreviews")
          ? { status: { allowed: isAllowed(JSON.parse(Buffer.concat(chunks).toString()) as Review) } }
          : objects[path];
        response.statusCode = answer === undefined ? 404 : 200;
        response.end(JSON.stringify(answer ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const access = { server: `http://127.0.0.1:${String(port)}`, options: {} };
    const kinds = [{ group: "argoproj.io", version: "v1alpha1", kind: "Application" }];
    cluster = { access, kinds, local: true };
  });
  after(() => server.close());

  const argocd = (...images: string[]) => {
    const items = images.map((image, i) => ({
      metadata: { name: `d${String(i)}` },
      spec: { template: { spec: { containers: [{ image }] } } },
    }));
    objects = { "/apis/apps/v1/namespaces/argocd/deployments": { items } };
    return lookAtArgoCd(read(), cluster);
  };

  test("tells ArgoCD's version by its own image, wherever that comes from, and by no other", async () => {
    const updater = "quay.io/argoprojlabs/argocd-image-updater:v0.12.0";
    assert.equal((await argocd(updater, "quay.io/argoproj/argocd:v3.1.2")).detail, "3.1");
    const old = await argocd(updater, "mirror.example:5000/argoproj/argocd:v2.8.4@sha256:0");
    assert.match(`${old.status} ${old.detail}`, /^fail argocd\/d1: expected ArgoCD 2\.9 or later, got 2\.8$/);
    assert.equal((await argocd("docker.io/bitnami/argo-cd:2.8.1")).status, "fail");
    assert.equal((await argocd(updater)).status, "warn");
  });

  test("does not take another of Argo's products for ArgoCD", async () => {
    const kinds = [{ group: "argoproj.io", version: "v1alpha1", kind: "Workflow" }];
    assert.equal((await lookAtArgoCd(read(), { ...cluster, kinds })).status, "skipped");
    const application = await lookAtApplication(read(), { ...cluster, kinds }, nothingMade, "prod");
    assert.equal(application.status, "skipped");
  });

  test("names ArgoCD's namespace where there is none of that name, also when the Application is elsewhere", async () => {
    const made = { made: { ...nothingMade.made, has: () => true } } as unknown as Stack;
    const settings = read({ argocdNamespace: "argo-cd" });
    for (const stack of [nothingMade, made]) {
      objects = { "/api/v1/namespaces/argo-cd": {} };
      assert.equal((await lookAtApplication(settings, cluster, stack, "prod")).status, "pass");
      objects = {};
      const { status, detail } = await lookAtApplication(settings, cluster, stack, "prod");
      assert.equal(`${status} ${detail}`, "fail namespace argo-cd: expected that of ArgoCD, got none");
    }
    const own = read({ argocdNamespace: "mesh-six" });
    assert.equal((await lookAtApplication(own, cluster, nothingMade, "prod")).status, "pass");
  });

  test("names a namespace that is being deleted, also this stack's own", async () => {
    objects = { "/api/v1/namespaces/mesh-six": { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } } };
    const made = { made: { ...nothingMade.made, has: () => true } } as unknown as Stack;
    const found = await lookAtNamespace(read(), cluster, made);
    assert.equal(found.status, "fail");
    assert.match(found.detail, /namespace mesh-six: expected it to stay/);
  });

  test("names a verb that is missing for one kind on one line, with a command that meets no other's", async () => {
    isAllowed = ({ spec: { resourceAttributes: what } }) =>
      !(what.verb === "watch" && ["endpoints", "persistentvolumeclaims"].includes(what.resource));
    const found = await Promise.all(
      grantItems(read(), cluster).map(async ([name, look]) => ({ name, ...(await look()) })),
    );
    isAllowed = () => true;
    const failing = found.filter(({ status }) => status === "fail");
    assert.deepEqual(
      failing.map(({ name }) => name),
      ["permission persistentvolumeclaims in mesh-six", "permission endpoints in mesh-six"],
    );
    for (const { detail } of failing)
      assert.match(detail, /expected to be allowed list, watch, got no watch$/);
    const roles = failing.map(({ remedy }) => /create role -n mesh-six (\S+)/.exec(remedy)?.[1]);
    assert.equal(new Set(roles).size, 2);
  });

  test("asks for scopes of workflow services that have a sidecar, where there are scopes at all", async () => {
    objects = {};
    const service = (annotations: Record<string, string>): Manifest => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "it" },
      spec: { template: { metadata: { annotations } } },
    });
    const look = (scopes: string, enabled = "true") => {
      const one = service({ "dapr.io/enabled": enabled, "dapr.io/app-id": "implementer" });
      return lookAtWorkflows([one], read({ daprActorScopes: scopes }), cluster, nothingMade);
    };
    assert.match(
      (await look('["llm-service"]')).detail,
      /expected implementer in its scopes, got llm-service/,
    );
    assert.equal((await look('["implementer"]')).status, "pass");
    assert.equal((await look('["llm-service"]', "false")).status, "pass");
    // Dapr gives a component without scopes to everybody.
    assert.equal((await look("[]")).status, "pass");
  });
});
