import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { killAtRequest, sweepRequests } from "../../support/engine/killing.ts";
import { assertOneOfEverything } from "../../support/github/onboarded.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { changeSettings, githubOf, hooksOf, type SandboxGitHub } from "../../support/github/sandboxGithub.ts";

/** Requests, counted from 0, at which the engine is killed while one more repository is being made. */
const samples = [3, 6, 9];

describe("one more repository, in trouble", () => {
  let sandbox: TestSandbox;
  let github: SandboxGitHub;
  const names = ["gwa-test-app"];

  before(async () => {
    sandbox = await TestSandbox.create();
    await sandbox.operate("up");
    github = await githubOf(sandbox);
  });
  after(() => sandbox.close());

  /** Puts one more entry into the settings; webhook: whether that is declared too. */
  function oneMore(webhook = true): string {
    const name = `struck-${names.length}`;
    names.push(name);
    changeSettings(sandbox, {
      githubBackoffSeconds: "1",
      githubWebhook: String(webhook),
      repositories: names.map((each) => ({ name: each, template: "gwa-test-app" })),
    });
    return name;
  }

  test("limits, server errors and a change done by halves are got over in one up", async () => {
    const name = oneMore();
    await github.faults([
      { match: { operation: "FindBoards" }, action: { kind: "secondary", retryAfter: 1 } },
      { match: { operation: "CreateBoard" }, action: { kind: "status", status: 429, retryAfter: 1 } },
      {
        match: { operation: "createProjectV2Field" },
        action: { kind: "mutation", field: "createProjectV2Field", stop: true },
      },
      { match: { path: "/views$" }, action: { kind: "status", status: 503 } },
      { match: { operation: "SeedRepository" }, action: { kind: "drop", after: true } },
      { match: { operation: "CreateTag" }, action: { kind: "status", status: 502, after: true } },
    ]);
    await sandbox.operate("up");
    assert.deepEqual(await github.pendingFaults(), []);
    await assertOneOfEverything(sandbox, github, name);
  });

  test("lost answers to the plugin, for a repository and for the webhook, are settled by the next up", async () => {
    changeSettings(sandbox, { githubWebhook: "false" });
    await sandbox.operate("up");
    assert.equal((await hooksOf(github)).length, 0);
    const name = oneMore();
    await github.faults([
      { match: { method: "POST", path: "^/orgs/[^/]+/repos$" }, action: { kind: "drop", after: true } },
      { match: { method: "POST", path: "^/orgs/[^/]+/hooks$" }, action: { kind: "drop", after: true } },
    ]);
    // The engine may stop at the first before it comes to the second: then that is lost in the next up.
    for (let lost = 2; lost > 0; lost = (await github.pendingFaults()).length)
      assert.notEqual((await sandbox.run(["up"])).code, 0);
    await sandbox.operate("up");
    await assertOneOfEverything(sandbox, github, name);
    await sandbox.operate("up", "--expect-no-changes");
  });

  test("an engine that is killed at any request leaves one of everything after the next up", (t) =>
    sweepRequests(t, samples, async (index) => {
      const name = oneMore();
      if (!(await killAtRequest(sandbox, github, index))) return false;
      await sandbox.operate("up");
      await assertOneOfEverything(sandbox, github, name);
      return true;
    }));
});
