import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Secrets } from "../../../components/secrets.ts";
import { declareBoards } from "../../../components/boards.ts";
import { type Declared, declarations } from "../../support/engine/mocks.ts";
import { isSecretInput, unwrapped } from "../../support/cluster/secretInputs.ts";
import { read } from "../settings/settingsOf.ts";

const secrets = {
  data: { "github-webhook-secret": pulumi.secret({ secret: "canary-signature" }) },
  fingerprints: { "github-webhook-secret": pulumi.output("f-webhook") },
} as unknown as Secrets;

/**
 * The outputs that GitHub would add; the mocks know a resource by its type alone, so every board has the same ids.
 */
const answers = {
  "github:index/repository:Repository": { nodeId: "R_1", htmlUrl: "https://github.com/bto-labs/one" },
  "pulumi-nodejs:dynamic/mesh-six:ProjectBoard": {
    projectId: "PVT_1",
    url: "https://github.com/orgs/bto-labs/projects/1",
    statusFieldId: "F_status",
    fieldIds: { Priority: "F_priority" },
    checklist: [],
  },
};

class Other extends pulumi.CustomResource {}

async function declare(values: Record<string, string> = {}) {
  let boards: ReturnType<typeof declareBoards> | undefined;
  const declared = await declarations(() => {
    const migrations = new Other("test:index:Migrations", "migrations");
    const { github } = read(values);
    const database = { url: pulumi.secret("postgresql://x"), migrations };
    boards = declareBoards(github, secrets, database, []);
    return boards.patches;
  }, answers);
  assert.ok(boards);
  return { declared, boards };
}

const of = (declared: readonly Declared[], type: string) => declared.filter((one) => one.type.endsWith(type));

const entries = (...names: string[]) => JSON.stringify(names.map((name) => ({ name })));

test("the default is the test repository with its template, board, row and the organization's webhook", async () => {
  const { declared } = await declare();
  assert.deepEqual(
    of(declared, ":Repository").map(({ inputs }) => inputs["name"]),
    ["gwa-test-app"],
  );
  const [registry] = of(declared, ":RegistryRows");
  const { __provider, url, preview, ...inputs } = registry?.inputs ?? {};
  assert.equal(typeof __provider, "string");
  assert.equal(typeof preview, "boolean");
  assert.ok(isSecretInput(url));
  assert.deepEqual(inputs, {
    rows: {
      "gwa-test-app": {
        repoUrl: "https://github.com/bto-labs/gwa-test-app",
        platform: "github",
        defaultBranch: "main",
        cicdType: "github-actions",
        triggerMethod: "project-board",
        boardId: "PVT_1",
        metadata: {
          owner: "bto-labs",
          repo: "gwa-test-app",
          deployUrl: "https://test-app.bto.bar",
          projectFieldIds: { status: "F_status", priority: "F_priority" },
        },
      },
    },
    onDelete: "retain",
  });
  const board = of(declared, ":ProjectBoard")[0]?.inputs ?? {};
  assert.equal(board["title"], "gwa-test-app Workflow");
  assert.deepEqual(
    (board["statusOptions"] as { name: string }[]).map(({ name }) => name),
    ["Todo", "Planning", "In Progress", "QA", "Review", "Done", "Blocked"],
  );
  assert.deepEqual(
    (board["fields"] as { name: string; type: string }[]).map(({ name, type }) => `${name}: ${type}`),
    ["Session ID: TEXT", "Pod Name: TEXT", "Workflow ID: TEXT", "Priority: SINGLE_SELECT"],
  );
});

test("ten entries are ten repositories, boards and rows, and one webhook with the receiver's secret", async () => {
  const names = Array.from({ length: 10 }, (_, i) => `app-${i}`);
  const { declared } = await declare({ repositories: entries(...names) });
  for (const type of [":Repository", ":ProjectBoard"]) {
    assert.equal(of(declared, type).length, 10, type);
  }
  const [registry] = of(declared, ":RegistryRows");
  assert.deepEqual(Object.keys(registry?.inputs["rows"] ?? {}), names);
  const hooks = of(declared, "Webhook").filter(({ type }) => type.startsWith("github:"));
  assert.equal(hooks.length, 1);
  const { configuration } = unwrapped(hooks[0]?.inputs) as { configuration: Record<string, unknown> };
  assert.equal(configuration["secret"], "canary-signature");
  assert.equal(configuration["url"], "https://mesh-six.bto.bar/webhooks/github");
});

test("the plugin is given organization and token, and the token as a secret", async () => {
  const [provider] = of((await declare()).declared, "pulumi:providers:github");
  assert.equal(provider?.inputs["owner"], "bto-labs");
  assert.ok(isSecretInput(provider.inputs["token"]));
  assert.equal(unwrapped(provider.inputs["token"]), "canary-token");
});

test("the receiver gets the ids of the first board, or of the one the settings name", async () => {
  const repositories = entries("one", "two");
  const chosen = async (values: Record<string, string>) => {
    const { boards } = await declare({ repositories, ...values });
    return await new Promise((resolve) => boards.testRepository?.apply(({ name }) => resolve(name)));
  };
  assert.equal(await chosen({}), "one");
  assert.equal(await chosen({ receiverBoard: "two" }), "two");
});

test("every board knows whose ids the receiver gets, and rows go with their repositories", async () => {
  const repositories = entries("one", "two");
  for (const [values, receiver, onDelete] of [
    [{}, "one", "retain"],
    [{ receiverBoard: "two", githubRetain: "false" }, "two", "delete"],
  ] as const) {
    const { declared } = await declare({ repositories, ...values });
    assert.deepEqual(
      of(declared, ":ProjectBoard").map(({ inputs }) => inputs["receiver"]),
      [receiver, receiver],
    );
    assert.equal(of(declared, ":RegistryRows")[0]?.inputs["onDelete"], onDelete);
  }
});

test("without repositories and webhook nothing of GitHub is declared", async () => {
  const { declared, boards } = await declare({ repositories: "[]", githubWebhook: "false" });
  assert.deepEqual(
    declared.filter(({ type }) => !type.startsWith("test:") && !type.startsWith("pulumi:pulumi")),
    [],
  );
  assert.equal(boards.receiver, undefined);
});
