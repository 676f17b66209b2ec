import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as board from "../../../providers/projectBoard/provider.ts";
import * as contents from "../../../providers/repositoryContents/provider.ts";
import { boardInputs, boardsSeen } from "../../support/github/boards.ts";
import { contentsInputs, contentsSeen } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";
import { passing } from "../../support/github/passing.ts";
import { refusals } from "../../support/github/refusals.ts";

const recorded = [...refusals, ...passing];

describe("requests that GitHub refuses or answers badly", () => {
  let github: TestGitHub;
  let made = 0;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  test("are of forty kinds and more, each with a name of its own", () => {
    assert.ok(new Set(recorded.map(({ what }) => what)).size >= 40);
  });

  for (const { what, at, action, says } of recorded) {
    const end =
      says === undefined ? "is got over" : "ends in one line with the remedy, and the next create goes on";
    test(`${what}: ${end}`, async () => {
      const inputs = await boardInputs(github, `refused-${(made += 1)}`);
      const seeded = contentsInputs(github, inputs.repository);
      const create = async () => {
        await contents.create(seeded);
        await board.create(inputs);
      };
      await github.faults([{ match: at, times: says === undefined ? 1 : 5, action }]);
      const failed = await create().then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      await github.faults([]);
      if (says === undefined) assert.equal(failed, undefined);
      else {
        assert.match(failed?.message ?? "no error", says);
        assert.doesNotMatch(failed?.message ?? "", /answered 200|\n|ghp_/);
        await create();
      }
      const seen = await contentsSeen(github, inputs.repository);
      assert.equal(seen.tag, seen.commits[0]);
      const boards = (await boardsSeen(github)).filter(({ title }) => title === inputs.title);
      assert.equal(boards.length, 1);
    });
  }
});
