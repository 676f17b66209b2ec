import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BoardSequence } from "../../support/github/boardSequences.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";
import { eachSeed, randomOf } from "../../support/random.ts";

/* Boards and cards of people's stay as people left them, in any order of events around them. */

describe("boards of people's", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  test("stand with title, texts, visibility, views and each card's status after any sequence", async (t) => {
    const ups = { through: 0, refused: 0 };
    await eachSeed("random sequences", 25, async (seed, say) => {
      await github.reset();
      const random = randomOf(seed);
      const sequence = new BoardSequence(github, random, say);
      for (let step = 12 + random.below(14); step > 0; step -= 1) await sequence.step();
      say("up, nothing in its way");
      await sequence.up(true);
      await sequence.assertUnharmed();
      ups.through += sequence.ups.through;
      ups.refused += sequence.ups.refused;
    });
    t.diagnostic(`${ups.through} ups went through, ${ups.refused} were refused`);
    assert.ok(ups.through > ups.refused);
  });
});
