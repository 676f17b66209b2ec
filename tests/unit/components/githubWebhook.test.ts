import assert from "node:assert/strict";
import { test } from "node:test";
import { GitHubWebhook, type GitHubWebhookArgs } from "../../../components/githubWebhook.ts";
import { declarations } from "../../support/engine/mocks.ts";
import { isSecretInput, unwrapped } from "../../support/cluster/secretInputs.ts";

const args: GitHubWebhookArgs = {
  organization: "bto-labs",
  url: "https://mesh-six.example.com/webhooks/github",
  secret: "canary-signature",
  adoptId: "",
  deleteOnDestroy: false,
};

const declare = (change: Partial<GitHubWebhookArgs> = {}) =>
  declarations(() => new GitHubWebhook("webhook", { ...args, ...change }));

test("one webhook of the organization, for board events only, as JSON with TLS verified", async () => {
  const declared = await declare();
  const hooks = declared.filter(({ type }) => type.startsWith("github:"));
  assert.deepEqual(
    hooks.map(({ type }) => type),
    ["github:index/organizationWebhook:OrganizationWebhook"],
  );
  assert.deepEqual(unwrapped(hooks[0]?.inputs), {
    active: true,
    events: ["projects_v2_item"],
    configuration: {
      url: "https://mesh-six.example.com/webhooks/github",
      contentType: "json",
      insecureSsl: false,
      secret: "canary-signature",
    },
  });
});

test("the signature's secret reaches the engine as a secret, for the webhook and what watches it alone", async () => {
  const declared = await declare();
  for (const { type, inputs } of declared) {
    if (!JSON.stringify(inputs).includes("canary-signature")) continue;
    if (type.endsWith(":WebhookPing")) {
      assert.ok(isSecretInput(inputs["secret"]));
      continue;
    }
    assert.equal(type, "github:index/organizationWebhook:OrganizationWebhook");
    const configuration = inputs["configuration"] as Record<string, unknown>;
    assert.ok(isSecretInput(configuration) || isSecretInput(configuration["secret"]));
  }
});

test("the ping of that webhook is looked up, and nothing of it is secret", async () => {
  const ping = (await declare()).find(({ type }) => type.endsWith("WebhookPing"));
  assert.equal(ping?.inputs["organization"], "bto-labs");
  assert.equal(ping.inputs["hookId"], "webhook-organization-id");
  assert.equal(isSecretInput(ping.inputs["hookId"]), false);
});

test("a webhook that is there already is taken over by its number, where the settings give it", async () => {
  const hook = (await declare({ adoptId: "4711" })).find(({ type }) => type.startsWith("github:"));
  assert.equal(hook?.importId, "4711");
  const own = (await declare()).find(({ type }) => type.startsWith("github:"));
  assert.equal(own?.importId, undefined);
});

test("what watches a webhook knows whether it was taken over", async () => {
  const ping = async (change: Partial<GitHubWebhookArgs>) =>
    (await declare(change)).find(({ type }) => type.endsWith("WebhookPing"))?.inputs;
  assert.equal((await ping({ adoptId: "4711" }))?.["adopted"], true);
  assert.ok(!("adopted" in ((await ping({})) ?? {})), "a state of before gets no new input");
});
