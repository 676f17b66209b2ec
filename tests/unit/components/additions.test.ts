import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Additions } from "../../../components/cluster/additions.ts";
import { declarations, object } from "../../support/engine/mocks.ts";

const owners = "pulumi-nodejs:dynamic/mesh-six:ObjectOwners";
const routes = { "f:spec": { "f:routes": {} } };
const tls = { "f:spec": { "f:tls": { "f:options": { "f:name": {} } } } };
const env = {
  "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"web"}': { "f:command": {} } } } } },
};

/** The number of times that the route and the Deployment count as taken back, after a refresh that saw that. */
async function counts(
  seen: Readonly<Record<string, { takenBack: number; others: object | undefined }>>,
  keep: readonly string[] = [],
) {
  const found = Object.fromEntries(
    Object.entries(seen).map(([key, { takenBack, others }]) => [
      key,
      { takenBack, others: others === undefined ? "" : JSON.stringify(others) },
    ]),
  );
  const declared = await declarations(
    () => {
      const additions = new Additions("additions", { cluster: {}, namespace: "mesh-six", keep });
      const options = { transformations: [additions.transformation] };
      const metadata = (name: string) => ({ name, namespace: pulumi.output("mesh-six") });
      new k8s.apiextensions.CustomResource(
        "route",
        {
          ...{ apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: metadata("dashboard") },
          spec: { routes: [{ match: "Host(`a`)" }], tls: { certResolver: "letsencrypt" } },
        },
        options,
      );
      const labels = { app: "web" };
      const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
      const spec = { selector: { matchLabels: labels }, template };
      new k8s.apps.v1.Deployment("web", { metadata: metadata("web"), spec }, options);
      new k8s.core.v1.Secret("secret", { metadata: metadata("token") }, options);
      additions.complete();
    },
    { [owners]: { seen: found } },
  );
  const count = (kind: string, name: string) => {
    const { annotations } = object(declared, kind, name)["metadata"] as {
      readonly annotations?: Readonly<Record<string, string>>;
    };
    return annotations?.["mesh-six/taken-back"];
  };
  const watched = declared.find(({ type }) => type === owners)?.inputs["objects"] as { kind: string }[];
  return {
    route: count("IngressRoute", "dashboard"),
    deployment: count("Deployment", "web"),
    watched: watched.map(({ kind }) => kind),
  };
}

test("counts nothing where nobody added anything, and looks at no Secret", async () => {
  assert.deepEqual(await counts({}), {
    ...{ route: undefined, deployment: undefined },
    watched: ["Deployment", "IngressRoute"],
  });
});

test("counts once more where others own a list that is declared, and stays at what it was afterwards", async () => {
  const key = "IngressRoute/dashboard";
  assert.equal((await counts({ [key]: { takenBack: 0, others: routes } })).route, "1");
  assert.equal((await counts({ [key]: { takenBack: 3, others: routes } })).route, "4");
  assert.equal((await counts({ [key]: { takenBack: 4, others: undefined } })).route, "4");
});

test("counts what is added to a route and not declared, unless a setting keeps it", async () => {
  const seen = { "IngressRoute/dashboard": { takenBack: 0, others: tls } };
  assert.equal((await counts(seen)).route, "1");
  assert.equal((await counts(seen, ["IngressRoute/dashboard spec.tls.options"])).route, undefined);
});

test("leaves what is added to a Deployment beside what is declared", async () => {
  assert.equal((await counts({ "Deployment/web": { takenBack: 0, others: env } })).deployment, undefined);
});
