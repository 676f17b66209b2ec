import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BoardInputs } from "../../../providers/projectBoard/model.ts";
import * as contents from "../../../providers/repositoryContents/provider.ts";
import type { Fault, FaultAction } from "../../../sandbox/emulators/github/http/faults.ts";
import { BoardStack } from "../../support/github/boardStack.ts";
import { boardInputs, boardsSeen, statuses, workflow } from "../../support/github/boards.ts";
import { contentsInputs, contentsSeen } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/github.ts";
import { PeoplesWork } from "../../support/github/peoplesWork.ts";
import { eachSeed, type Random, randomOf } from "../../support/random.ts";

/* GitHub answers nonsense at any request of an onboarding and of a change after it. */

describe("whatever GitHub answers", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  test("no program fails by a mistake of its own, no second board is made, no status is lost, and the next up converges", () =>
    eachSeed("spoilt answers", 30, async (seed, say) => {
      await github.reset();
      const random = randomOf(seed);
      const peoples = new PeoplesWork(() => github, random);
      const inputs = await boardInputs(github, "app", { adopt: random.chance(0.5) });
      if (inputs.adopt) await peoples.makeBoard(inputs.title);
      const moves = { statusMoves: { "Ice box": "Todo" } };
      const stack = new BoardStack();

      await struck(() => onboard(stack, { ...inputs, ...moves }));
      const [board, ...more] = await boardsSeen(github);
      assert.deepEqual(more, []);
      assert.ok(board);
      await peoples.addCards(board, 7);

      // One option goes, with two cards or more on it, and the rest is turned round.
      const before = statuses((await boardsSeen(github))[0] ?? board);
      const statusOptions = workflow.filter(({ name }) => name !== "QA").toReversed();
      const goes = { "Ice box": "Todo", QA: "Review" };
      const edited = { ...inputs, statusOptions, statusMoves: goes };
      await struck(() => onboard(stack, edited));

      const [after, ...others] = await boardsSeen(github);
      assert.deepEqual([others, after?.title], [[], inputs.title]);
      const expected = [...before].map(([card, status]) => [card, status === "QA" ? "Review" : status]);
      assert.deepEqual([...statuses(after ?? board)], expected);
      const seen = await contentsSeen(github, inputs.repository);
      assert.deepEqual([seen.commits.length, seen.tag], [2, seen.commits[0]]);

      /** Runs under faults, then without: the second time it goes through, and a third changes nothing. */
      async function struck(run: () => Promise<void>): Promise<void> {
        const faults = Array.from({ length: 1 + random.below(3) }, () => faultOf(random));
        faults.forEach((fault) => say(JSON.stringify(fault)));
        await github.faults(faults);
        await run().catch((error: unknown) => {
          const said = error instanceof Error ? error.message : String(error);
          assert.ok(!isMistake(error), `expected an error of ours or none, got ${String(error)}`);
          say(`refused: ${said.slice(0, 200)}`);
        });
        await github.faults([]);
        await run();
        await github.writes();
        await run();
        assert.deepEqual(await github.writes(), []);
      }
    }));

  async function onboard(stack: BoardStack, inputs: BoardInputs): Promise<void> {
    const seed = contentsInputs(github, inputs.repository);
    await contents.create(seed);
    await stack.up(new Map([["app", inputs]]), stack.boards.size > 0);
  }
});

function faultOf(random: Random): Fault {
  const action = random.pick<() => FaultAction>([
    () => ({ kind: "null", at: random.below(400) }),
    () => ({ kind: "null", at: random.below(400) }),
    () => ({ kind: "null", at: random.below(60) }),
    () => ({ kind: "spoil", as: random.pick(["html", "cut", "errors"] as const) }),
    () => ({ kind: "drop", after: random.chance(0.5) }),
    () => ({ kind: "status", status: 502, after: random.chance(0.5) }),
  ])();
  return { skip: random.below(8), times: 1 + random.below(2), action };
}

function isMistake(error: unknown): boolean {
  const said = error instanceof Error ? error.message : String(error);
  const kinds = [TypeError, RangeError, ReferenceError];
  return (
    kinds.some((kind) => error instanceof kind) ||
    /cannot read prop|is not a function|is not iterable/i.test(said)
  );
}
