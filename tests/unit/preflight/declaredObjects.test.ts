import assert from "node:assert/strict";
import { test } from "node:test";
import { declaredObjects, type DeclaredObject } from "../../../preflight/declaredObjects.ts";
import { declaredObjectsOf, settingsBy, type StackValues } from "../../support/engine/program.ts";

const vault = { source: "vault", keys: { token: "grafana-token" }, externalSecret: "grafana" };

/** Settings by which other objects are declared than by default. */
const cases: Readonly<Record<string, StackValues>> = {
  "by default": {},
  "without the event log's upkeep": { eventUpkeep: "false" },
  "with Traefik's old group": { ingressApiGroup: "traefik.containo.us" },
  "with Secrets of every source": {
    secrets: JSON.stringify({
      "redis-secret": { source: "cluster" },
      "litellm-secret": { source: "generated", keys: ["api-key"] },
      "grafana-secret": vault,
      "mesh-six-secrets": { source: "none" },
    }),
    secretValues: JSON.stringify({
      "rabbitmq-secret": { username: "mesh", password: "mq" },
      "gitea-registry-secret": { password: "registry" },
      "github-secret": { token: "token" },
    }),
  },
  "with a database, repositories and a webhook of its own": {
    databaseMode: "managed",
    databaseAdminPassword: "admin",
    githubToken: "token",
    githubWebhook: "true",
    repositories: JSON.stringify([{ name: "app" }, { name: "other" }]),
  },
  "without an Application": { argocdEnabled: "false" },
  "in another namespace": { namespace: "elsewhere" },
};

for (const [what, values] of Object.entries(cases)) {
  test(`the settings give the list of declared objects ${what}`, async () => {
    const all = await declaredObjectsOf(values);
    const settings = settingsBy(values);
    const declared = all.filter(({ kind }) => kind !== "Namespace" && kind !== "Application");
    for (const { kind, metadata } of declared)
      assert.equal(metadata.namespace, settings.namespace, `${kind} ${metadata.name ?? ""}`);
    const named = declared.map(({ apiVersion, kind, metadata: { name = "" } }) => ({
      apiVersion,
      kind,
      name,
    }));
    assert.deepEqual(sorted(declaredObjects(settings)), sorted(named));
    assert.ok(named.length > 12);
  });
}

function sorted(objects: readonly DeclaredObject[]): string[] {
  return objects.map(({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`).sort();
}
