import assert from "node:assert/strict";
import { test } from "node:test";
import { Ingress, ingressRouteGroup, type IngressArgs } from "../../../components/ingress.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { RouteSettings } from "../../../settings/ingressRoutes.ts";
import { declarations, object } from "../../support/engine/mocks.ts";

/** Both routes as production has them, but for what is said of the dashboard's. */
function routes(dashboard: Partial<RouteSettings> = {}): IngressArgs["routes"] {
  const usual = {
    entryPoints: ["websecure"],
    priority: undefined,
    middlewares: [],
    tls: { certResolver: "letsencrypt" },
  };
  return { dashboard: { ...usual, ...dashboard }, "webhook-receiver": usual };
}

const args: IngressArgs = {
  namespace: "mesh-six",
  host: "mesh-six.bto.bar",
  routes: routes(),
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

test("declares TLS, middlewares, priority and entry points of one route, and leaves the other as it is", async () => {
  const own = {
    entryPoints: ["web", "websecure"],
    priority: 7,
    middlewares: [{ name: "login", namespace: "auth" }, { name: "compress@file" }],
    tls: { secretName: "dashboard-tls", options: { name: "modern" } },
  };
  const declared = await declarations(() => new Ingress("ingress", { ...args, routes: routes(own) }));
  assert.deepEqual(object(declared, "IngressRoute", "dashboard")["spec"], {
    entryPoints: own.entryPoints,
    routes: [
      {
        match: "Host(`mesh-six.bto.bar`)",
        kind: "Rule",
        priority: 7,
        middlewares: own.middlewares,
        services: [{ name: "dashboard", port: 80 }],
      },
    ],
    tls: own.tls,
  });
  assert.deepEqual(
    object(declared, "IngressRoute", "webhook-receiver"),
    route("webhook-receiver", "Host(`mesh-six.bto.bar`) && PathPrefix(`/webhooks`)"),
  );
});

test("declares no TLS where a route is to have none, and says so in its address", async () => {
  let ingress: Ingress | undefined;
  const declared = await declarations(
    () => (ingress = new Ingress("ingress", { ...args, routes: routes({ tls: undefined }) })),
  );
  const { spec } = object(declared, "IngressRoute", "dashboard");
  assert.equal(Object.hasOwn(spec as object, "tls"), false);
  assert.equal(await outputOf(ingress!.url), "http://mesh-six.bto.bar");
  assert.equal(await outputOf(ingress!.webhookUrl), "https://mesh-six.bto.bar/webhooks");
});

function outputOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

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
