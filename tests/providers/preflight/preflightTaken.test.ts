import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { refuseTaken } from "../../../preflight/takenOnGitHub.ts";
import { takeHooks } from "../../support/engine/mocks.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const repository = "github:index/repository:Repository";
const webhook = "github:index/organizationWebhook:OrganizationWebhook";
const url = "https://hooks.example/webhook";

describe("a name that is taken on GitHub", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
    await github.rest("POST", "/orgs/bto-labs/repos", { name: "people" });
    await github.rest("POST", "/orgs/bto-labs/repos", { name: "before" });
    await github.rest("PATCH", "/repos/bto-labs/before", { name: "after" });
  });
  after(() => github.close());

  /** The hooks of such a resource; undefined where nothing is looked at. */
  const hooksOf = async (type: string, preview: boolean, opts: pulumi.CustomResourceOptions = {}) => {
    const mocks = { newResource: () => ({ id: "1", state: {} }), call: () => ({}) };
    await pulumi.runtime.setMocks(mocks, undefined, undefined, preview);
    takeHooks();
    const { token } = github;
    const use = { baseUrl: github.url, token, organization: "bto-labs", repositories: [], webhook: true };
    const resource = undefined as unknown as pulumi.Resource;
    const result = refuseTaken(use, url)({ type, name: "app", props: {}, opts, resource });
    return result?.opts.hooks;
  };
  const hookOf = async (...asked: Parameters<typeof hooksOf>) =>
    (await hooksOf(...asked))?.beforeCreate?.[0] as pulumi.ResourceHook | undefined;

  const rename = async (from: string, to: string) => {
    const hook = (await hooksOf(repository, true))?.beforeUpdate?.[0] as pulumi.ResourceHook;
    const [oldInputs, newInputs] = [from, to].map((name) => ({ name }));
    return hook.callback({ type: repository, oldInputs, newInputs } as unknown as pulumi.ResourceHookArgs);
  };

  const look = async (type: string, inputs: Readonly<Record<string, unknown>>, more: object = {}) => {
    const hook = await hookOf(type, true);
    return hook?.callback({ type, newInputs: inputs, ...more } as pulumi.ResourceHookArgs);
  };

  test("is refused in a preview, with the remedy", async () => {
    await github.writes();
    await assert.rejects(async () => look(repository, { name: "People" }), /repository People: .* set adopt/);
    assert.deepEqual(await github.writes(), []);
  });

  test("is none where it is free, or leads to a repository of another name", async () => {
    await look(repository, { name: "free" });
    await look(repository, { name: "before" });
  });

  test("is none for a replacement, which finds its predecessor", async () => {
    await look(repository, { name: "people" }, { oldInputs: { name: "people" } });
  });

  test("is refused as a repository's new name, unless it is the same one's already", async () => {
    await github.writes();
    await assert.rejects(
      async () => rename("after", "people"),
      /repository people: expected none, since repository after gets this name, got another one;/,
    );
    await rename("after", "free");
    await rename("before", "after");
    await rename("people", "people");
    assert.deepEqual(await github.writes(), []);
    assert.equal((await hooksOf(webhook, true))?.beforeUpdate, undefined);
  });

  test("is a webhook's address too", async () => {
    await look(webhook, {});
    await github.rest("POST", "/orgs/bto-labs/hooks", { name: "web", config: { url } });
    await assert.rejects(async () => look(webhook, {}), /webhook: expected none to this address/);
  });

  test("is not looked for in an update, and not where it is to be taken over", async () => {
    assert.equal(await hookOf(repository, false), undefined);
    assert.equal(await hookOf(repository, true, { import: "people" }), undefined);
    assert.notEqual(await hookOf(repository, true), undefined);
  });
});
