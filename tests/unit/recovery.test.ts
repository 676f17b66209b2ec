import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deployment, settle, type StateResource, unfinished } from "../../operations/recover/pending.ts";

const stack = "urn:pulumi:prod::mesh-six";
const created = "2026-11-22T20:00:00.5Z";
const provider: StateResource = {
  urn: `${stack}::pulumi:providers:github::github`,
  type: "pulumi:providers:github",
  id: "p1",
};
const component: StateResource = {
  urn: `${stack}::mesh-six:components:GitHubProject::app`,
  type: "mesh-six:components:GitHubProject",
  created,
  inputs: { retain: true },
};
const repository: StateResource = {
  urn: `${stack}::mesh-six:components:GitHubProject$github:index/repository:Repository::app-repository`,
  type: "github:index/repository:Repository",
  custom: true,
  parent: component.urn,
  provider: `${provider.urn}::p1`,
  inputs: { name: "app" },
  retainOnDelete: true,
};
const hookComponent: StateResource = {
  urn: `${stack}::mesh-six:components:GitHubWebhook::webhook`,
  type: "mesh-six:components:GitHubWebhook",
  created,
};

const deployment = (
  resources: readonly StateResource[],
  pending: readonly StateResource[] = [],
): Deployment => ({
  version: 3,
  deployment: {
    resources,
    pending_operations: pending.map((resource) => ({ type: "creating", resource })),
  },
});

test("a component without its repository had a create that failed, no earlier than the component", () => {
  const found = unfinished(deployment([provider, component]));
  assert.deepEqual(found, [{ resource: repository, since: new Date(created) }]);
});

test("its repository goes with the stack only where the component's own input says so", () => {
  const stays = (inputs: StateResource["inputs"] & {}) =>
    unfinished(deployment([provider, { ...component, inputs }])).map((one) => one.resource.retainOnDelete);
  assert.deepEqual([stays({ retain: false }), stays({ retain: true }), stays({})], [[false], [true], [true]]);
});

test("the organization's webhook likewise, and neither without the plugin's provider", () => {
  const [found] = unfinished(deployment([provider, hookComponent]));
  assert.equal(found?.resource.type, "github:index/organizationWebhook:OrganizationWebhook");
  assert.equal(found.resource.urn.split("::").at(-1), "webhook-organization");
  assert.deepEqual(unfinished(deployment([component, hookComponent])), []);
});

test("a stack that is whole has nothing unfinished", () => {
  assert.deepEqual(unfinished(deployment([provider, component, { ...repository, id: "app" }])), []);
});

test("a create that was under way is unfinished once, with its own inputs", () => {
  const inputs = { name: "app", description: "an app" };
  const found = unfinished(deployment([provider, component], [{ ...repository, inputs }]));
  assert.deepEqual(
    found.map(({ resource }) => resource.inputs),
    [inputs],
  );
});

test("makes found creates resources of the stack, drops the others, and keeps other operations", () => {
  const board = { urn: `${stack}::mesh-six:Board::board`, type: "mesh-six:Board" };
  const before = deployment([provider, component], [repository, board]);
  const update = { type: "updating", resource: board };
  const exported = {
    ...before,
    deployment: {
      ...before.deployment,
      pending_operations: [...(before.deployment.pending_operations ?? []), update],
    },
  };
  const after = settle(
    exported,
    [
      { resource: repository, id: "app" },
      { resource: board, id: undefined },
    ],
    false,
  );
  assert.deepEqual(after.deployment.resources, [
    provider,
    component,
    { ...repository, id: "app", outputs: { name: "app", id: "app" } },
  ]);
  assert.deepEqual(after.deployment.pending_operations, [update]);
});

test("a webhook that is found stays or goes with the stack as the settings say", () => {
  const exported = deployment([provider, hookComponent]);
  for (const stays of [true, false]) {
    const recovered = unfinished(exported).map(({ resource }) => ({ resource, id: "7" }));
    const [found] = settle(exported, recovered, stays).deployment.resources?.slice(-1) ?? [];
    assert.deepEqual([found?.id, found?.retainOnDelete], ["7", stays]);
  }
});
