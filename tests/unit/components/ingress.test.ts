import assert from "node:assert/strict";
import { test } from "node:test";
import { Ingress, ingressRouteGroup, type IngressArgs } from "../../../components/ingress.ts";
import { declarations, object } from "../../support/mocks.ts";

const args: IngressArgs = {
  namespace: "mesh-six",
  host: "mesh-six.bto.bar",
  entryPoint: "websecure",
  certResolver: "letsencrypt",
  dashboard: { name: "dashboard", port: 80 },
  webhook: { name: "webhook-receiver", port: 80 },
  webhookPath: "/webhooks",
};

function route(name: string, match: string, apiVersion = "traefik.io/v1alpha1") {
  return {
    apiVersion,
    kind: "IngressRoute",
    metadata: { name, namespace: "mesh-six" },
    spec: {
      entryPoints: ["websecure"],
      routes: [{ match, kind: "Rule", services: [{ name, port: 80 }] }],
      tls: { certResolver: "letsencrypt" },
    },
  };
}

test("leads the host to the dashboard and its webhooks to their receiver", async () => {
  const declared = await declarations(() => new Ingress("ingress", args));
  assert.deepEqual(
    object(declared, "IngressRoute", "dashboard"),
    route("dashboard", "Host(`mesh-six.bto.bar`)"),
  );
  assert.deepEqual(
    object(declared, "IngressRoute", "webhook-receiver"),
    route("webhook-receiver", "Host(`mesh-six.bto.bar`) && PathPrefix(`/webhooks`)"),
  );
  assert.equal(declared.length, 3);
});

test("declares the routes in the API group it is given", async () => {
  const declared = await declarations(
    () => new Ingress("ingress", { ...args, apiGroup: "traefik.containo.us" }),
  );
  assert.deepEqual(
    object(declared, "IngressRoute", "dashboard"),
    route("dashboard", "Host(`mesh-six.bto.bar`)", "traefik.containo.us/v1alpha1"),
  );
});

test("refuses a host that would end the rule's text", async () => {
  await assert.rejects(
    declarations(() => new Ingress("ingress", { ...args, host: "a`) || Host(`b" })),
    /mesh-six:ingressHost: expected a text without backticks, got "a`\) \|\| Host\(`b"/,
  );
});

test("takes the group of today where the cluster serves it, and says nothing", () => {
  assert.deepEqual(ingressRouteGroup(["traefik.io"]), { group: "traefik.io" });
  assert.deepEqual(ingressRouteGroup(["traefik.containo.us", "traefik.io"]), { group: "traefik.io" });
});

test("takes the old group where the cluster serves no other, and says what to do", () => {
  const { group, notice } = ingressRouteGroup(["traefik.containo.us"]);
  assert.equal(group, "traefik.containo.us");
  assert.match(
    notice ?? "",
    /serves only the old API group traefik\.containo\.us.*install the traefik\.io CRDs/,
  );
});

test("names what is missing where the cluster serves neither group", () => {
  assert.throws(
    () => ingressRouteGroup([]),
    /no IngressRoute in traefik\.io or traefik\.containo\.us: install/,
  );
});
