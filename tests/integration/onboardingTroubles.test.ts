import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { markedProcesses } from "../../sandbox/processTable.ts";
import { boardsSeen, optionNames, workflow } from "../support/boards.ts";
import { contentsSeen } from "../support/contents.ts";
import { TestSandbox } from "../support/sandbox.ts";
import { changeSettings, githubOf, hooksOf, type SandboxGitHub } from "../support/sandboxGithub.ts";

/** Requests, counted from 0, at which the engine is killed while one more repository is being made. */
const samples = [3, 6, 9];
/** More than the requests there are: the sweep ends by itself when nothing is struck any more. */
const all = Array.from({ length: 40 }, (_, index) => index);

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

  async function assertOneOfEverything(name: string): Promise<void> {
    const repository = `bto-labs/${name}`;
    const boards = (await boardsSeen(github)).filter(
      (board) =>
        board.title.startsWith(`${name} `) ||
        board.repositories.nodes.some(({ nameWithOwner }) => nameWithOwner === repository),
    );
    assert.deepEqual(
      boards.map(({ title }) => title),
      [`${name} Workflow`],
    );
    const [board] = boards;
    assert.ok(board);
    assert.deepEqual(
      optionNames(board, "Status"),
      workflow.map((option) => option.name),
    );
    assert.equal(board.fields.nodes.filter((field) => field.name === "Priority").length, 1);
    const seen = await contentsSeen(github, repository);
    assert.equal(seen.commits.length, 2, "auto_init's commit and ours");
    assert.equal(seen.tag, seen.commits[0]);
    const rows = await sandbox.rows<{ board_id: string }>(
      `SELECT board_id FROM repo_registry WHERE service_name = '${name}'`,
    );
    assert.deepEqual(rows, [{ board_id: board.id }]);
    assert.equal((await hooksOf(github)).length, 1);
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
    await assertOneOfEverything(name);
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
    await assertOneOfEverything(name);
    await sandbox.operate("up", "--expect-no-changes");
  });

  test("an engine that is killed at any request leaves one of everything after the next up", async (t) => {
    if (process.platform !== "linux") {
      t.skip("the processes of an operation are found by /proc");
      return;
    }
    const whole = process.env["MESH_SIX_SWEEP"] === "all";
    if (!whole) t.diagnostic(`killed at requests ${samples.join(", ")}; MESH_SIX_SWEEP=all kills at each`);
    for (const index of whole ? all : samples) {
      const name = oneMore();
      const struck = await killAt(index);
      if (!struck) {
        assert.ok(whole, `nothing was asked after request ${index}`);
        t.diagnostic(`there are ${index} requests`);
        break;
      }
      await sandbox.operate("up");
      await assertOneOfEverything(name);
    }
  });

  /**
   * Kills an `up` with all its processes while GitHub is working on that request, which GitHub then finishes.
   *
   * @returns false when it was done before
   */
  async function killAt(index: number): Promise<boolean> {
    await github.requests();
    await github.faults([{ skip: index, action: { kind: "delay", milliseconds: 2000 } }]);
    const child = sandbox.start(["up"]);
    const exit = once(child, "exit");
    while ((await github.pendingFaults()).length > 0) {
      if (child.exitCode !== null) {
        await github.faults([]);
        return false;
      }
      await sleep(20);
    }
    child.kill("SIGKILL");
    for (const { pid } of markedProcesses(`${sandbox.directory}:operation`)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await exit;
    // What is under way on GitHub ends by itself; a request whose client is gone may not be in the journal.
    const patience = Date.now() + 5_000;
    for (let seen = 0; seen <= index && Date.now() < patience; seen += (await github.requests()).length)
      await sleep(50);
    return true;
  }
});
