import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { asKustomizePatches, receiverPatches } from "../../../components/receiver.ts";

interface Patch {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Record<string, string> };
      readonly spec: { readonly containers: readonly { name: string; env: readonly unknown[] }[] };
    };
  };
}

const fingerprints = {
  "github-secret": "f-github",
  "github-webhook-secret": "f-webhook",
  "postgres-secret": "f-postgres",
  "redis-secret": "f-redis",
};

function patches(changed: Readonly<Record<string, string>> = {}) {
  const output = asKustomizePatches(
    receiverPatches({
      boardId: "PVT_1",
      statusFieldId: "PVTSSF_1",
      fingerprints: { ...fingerprints, ...changed },
    }),
  );
  return new Promise<{ target: unknown; patch: Patch }[]>((resolve) =>
    output.apply((list) =>
      resolve(list.map(({ target, patch }) => ({ target, patch: parse(patch) as Patch }))),
    ),
  );
}

const ids = [
  { name: "GITHUB_PROJECT_ID", value: "PVT_1" },
  { name: "GITHUB_STATUS_FIELD_ID", value: "PVTSSF_1" },
];

test("the webhook receiver and the project manager get the ids, each in its own container", async () => {
  const [receiver, manager, ...rest] = await patches();
  assert.equal(rest.length, 0);
  assert.deepEqual(receiver?.target, { kind: "Deployment", name: "webhook-receiver" });
  assert.deepEqual(receiver.patch.spec.template.spec, {
    containers: [{ name: "webhook-receiver", env: ids }],
  });
  assert.deepEqual(manager?.target, { kind: "Deployment", name: "project-manager" });
  const url = {
    name: "DATABASE_URL",
    valueFrom: { secretKeyRef: { name: "postgres-secret", key: "url" } },
  };
  assert.deepEqual(manager.patch.spec.template.spec, {
    containers: [{ name: "project-manager", env: [...ids, url] }],
  });
});

test("the project manager starts again with a gitea-secret that the operator has added", async () => {
  const added = { "gitea-secret": "f-gitea" };
  const [receiver, manager] = (await patches(added)).map(
    ({ patch }) => patch.spec.template.metadata.annotations["mesh-six/gitea-secret"],
  );
  assert.deepEqual([receiver, manager], [undefined, "f-gitea"]);
});

test("pods start again when a Secret they read changes, and only then", async () => {
  const annotations = async (changed: Partial<typeof fingerprints>) =>
    (await patches(changed)).map(({ patch }) => patch.spec.template.metadata.annotations);
  assert.deepEqual(await annotations({}), [
    { "mesh-six/github-secret": "f-github", "mesh-six/github-webhook-secret": "f-webhook" },
    { "mesh-six/github-secret": "f-github", "mesh-six/postgres-secret": "f-postgres" },
  ]);
  const [receiver, manager] = await annotations({ "github-webhook-secret": "another" });
  assert.equal(receiver?.["mesh-six/github-webhook-secret"], "another");
  assert.deepEqual(manager, (await annotations({}))[1]);
  assert.deepEqual(await annotations({ "redis-secret": "another" }), await annotations({}));
});
