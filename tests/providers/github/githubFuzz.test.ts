import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, mock, test } from "node:test";
import timers from "node:timers/promises";
import type { Fault, FaultAction } from "../../../sandbox/emulators/github/http/faults.ts";
import { boardInputs, boardsSeen, statuses, workflow } from "../../support/github/boards.ts";
import { contentsInputs, contentsSeen } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";
import { type Onboarding, OnboardingStack, webhookUrl } from "../../support/github/onboardingStack.ts";
import { PeoplesWork } from "../../support/github/peoplesWork.ts";
import { type Registry, startRegistry } from "../../support/postgres/registry.ts";
import { eachSeed, type Random, randomOf } from "../../support/random.ts";
import type { Hook } from "../../support/github/sandboxGithub.ts";

/* GitHub answers nonsense at any request of an onboarding and of a change after it. */

/** Longest wait between two attempts, in milliseconds: nothing of it is what these tests are about. */
const longest = 5;

const name = "app";

describe("an onboarding with spoilt answers of GitHub", () => {
  let github: TestGitHub;
  let registry: Registry;
  const receiver = createServer((request, response) => {
    request.resume();
    response.end();
  });
  before(async () => {
    process.env["MESH_SIX_ALLOW_STAND_INS"] = "1";
    const wait = timers.setTimeout;
    mock.method(timers, "setTimeout", <T>(delay?: number, value?: T, options?: object) =>
      wait(Math.min(delay ?? 0, longest), value, options),
    );
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    github = await testGitHub({ hostMap: { [new URL(webhookUrl).host]: url } });
    registry = await startRegistry();
  });
  after(async () => {
    mock.restoreAll();
    delete process.env["MESH_SIX_ALLOW_STAND_INS"];
    await github.close();
    receiver.closeAllConnections();
    receiver.close();
    await registry.close();
  });

  test("no program fails by a mistake of its own, nothing is made twice, no status is lost, and the next up converges", () =>
    eachSeed("spoilt answers", 30, async (seed, say) => {
      await github.reset();
      await registry.sql("TRUNCATE repo_registry");
      const random = randomOf(seed);
      const peoples = new PeoplesWork(() => github, random);
      const adopt = random.chance(0.5);
      const { repositoryId, ...board } = await boardInputs(github, name, { adopt });
      if (adopt) await peoples.makeBoard(board.title);
      else await github.rest("DELETE", `/repos/${github.owner}/${name}`);
      const webhookId = random.chance(0.3) ? String(await peoplesWebhook()) : "";
      say(`repository ${repositoryId} ${adopt ? "adopted" : "made"}, webhook ${webhookId || "made"}`);
      const wanted: Onboarding = {
        name,
        adopt,
        webhookId,
        board: { ...board, statusMoves: { "Ice box": "Todo" } },
        contents: contentsInputs(github, board.repository, adopt ? { adopt } : {}),
        databaseUrl: registry.url,
      };
      const stack = new OnboardingStack(github);
      const struck = (edited: Onboarding) => strike(stack, edited, random, say);

      await struck(wanted);
      const [made, ...more] = await boardsSeen(github);
      assert.deepEqual(more, []);
      assert.ok(made);
      await peoples.addCards(made, 7);

      // One option goes, with two cards or more on it, and the rest is turned round.
      const before = statuses((await boardsSeen(github))[0] ?? made);
      const statusOptions = workflow.filter(({ name }) => name !== "QA").toReversed();
      const statusMoves = { "Ice box": "Todo", QA: "Review" };
      await struck({ ...wanted, board: { ...board, statusOptions, statusMoves } });

      const [after, ...others] = await boardsSeen(github);
      assert.deepEqual([others, after?.title], [[], board.title]);
      const expected = [...before].map(([card, status]) => [card, status === "QA" ? "Review" : status]);
      assert.deepEqual([...statuses(after ?? made)], expected);
      await assertOneOfEach(made.id, webhookId);
    }));

  async function peoplesWebhook(): Promise<number> {
    const config = { url: webhookUrl, content_type: "json", secret: "theirs" };
    const hook = { name: "web", events: ["projects_v2_item"], config };
    return (await github.rest<Hook>("POST", `/orgs/${github.owner}/hooks`, hook)).id;
  }

  async function assertOneOfEach(boardId: string, webhookId: string): Promise<void> {
    const repositories = await github.rest<readonly { name: string }[]>("GET", `/orgs/${github.owner}/repos`);
    assert.deepEqual(
      repositories.map((one) => one.name),
      [name],
    );
    const seen = await contentsSeen(github, `${github.owner}/${name}`);
    assert.deepEqual([seen.commits.length, seen.tag], [2, seen.commits[0]]);
    const hooks = await github.rest<readonly Hook[]>("GET", `/orgs/${github.owner}/hooks`);
    assert.deepEqual(
      hooks.map(({ config }) => config.url),
      [webhookUrl],
    );
    if (webhookId !== "") assert.equal(String(hooks[0]?.id), webhookId);
    const rows = await registry.sql("SELECT service_name, board_id FROM repo_registry");
    assert.deepEqual(rows, [{ service_name: name, board_id: boardId }]);
  }

  /** An `up` under faults, then one without: that goes through, and a third changes nothing. */
  async function strike(
    stack: OnboardingStack,
    wanted: Onboarding,
    random: Random,
    say: (step: string) => void,
  ): Promise<void> {
    const faults = Array.from({ length: 1 + random.below(4) }, () => faultOf(random));
    faults.forEach((fault) => say(JSON.stringify(fault)));
    await github.faults(faults);
    for (const error of await stack.up(wanted)) {
      assert.ok(!isMistake(error), `expected an error of ours or none, got ${shown(error)}`);
      say(`refused: ${shown(error).slice(0, 200)}`);
    }
    await github.faults([]);
    for (const error of await stack.up(wanted)) throw error;
    await github.writes();
    for (const error of await stack.up(wanted)) throw error;
    assert.deepEqual(await github.writes(), []);
  }
});

function faultOf(random: Random): Fault {
  const action = random.pick<() => FaultAction>([
    () => ({ kind: "null", at: random.below(400) }),
    () => ({ kind: "null", at: random.below(400) }),
    () => ({ kind: "null", at: random.below(60) }),
    () => ({ kind: "spoil", as: random.pick(["html", "cut"] as const) }),
    () => ({ kind: "spoil", as: "errors" }),
    () => ({ kind: "drop", after: random.chance(0.5) }),
    () => ({ kind: "status", status: 502, after: random.chance(0.5) }),
  ])();
  // Errors beside no data are what GraphQL answers, and nothing else.
  const isGraphql = action.kind === "null" || (action.kind === "spoil" && action.as === "errors");
  const match = isGraphql
    ? { path: "^/graphql$" }
    : random.pick([
        {},
        {},
        { path: "^/orgs/[^/]+/(repos|hooks)" },
        { path: "^/repos/" },
        { path: "/views$" },
      ]);
  return { match, skip: random.below(8), times: 1 + random.below(2), action };
}

function shown(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isMistake(error: unknown): boolean {
  const kinds = [TypeError, RangeError, ReferenceError];
  return (
    kinds.some((kind) => error instanceof kind) ||
    /cannot read prop|is not a function|is not iterable/i.test(shown(error))
  );
}
