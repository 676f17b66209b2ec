import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { OptionSpec } from "../../../providers/projectBoard/model.ts";
import { check, create, diff, read, update } from "../../../providers/projectBoard/provider.ts";
import {
  addCards,
  boardInputs,
  boardSeen,
  editOptions,
  optionNames,
  workflow,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

/** Numbers from 0 to 1 that look random and are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
}

describe("a board with thirty cards, whatever is changed in one edit", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  for (let seed = 1; seed <= 12; seed += 1) {
    test(`keeps or moves every card as the settings say, edit ${seed}`, async () => {
      const random = numbers(seed * 7919);
      const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
      const shuffled = <T>(list: readonly T[]) =>
        list
          .map((each) => [random(), each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);

      const inputs = await boardInputs(github, `edit-${seed}`);
      const { id, outs } = await create(inputs);
      await addCards(github, await boardSeen(github, inputs.title), 30);
      const before = await boardSeen(github, inputs.title);

      const names = workflow.map(({ name }) => name);
      const renames: Record<string, string> = {};
      const become = new Map<string, string>();
      const dropped = names.filter((name) => {
        const [goes, renamed] = [random() < 0.25, random()];
        // A name in another case needs no word about it.
        const now = renamed < 0.3 ? `${name} – ✅` : renamed < 0.4 ? name.toUpperCase() : name;
        if (goes) return true;
        if (renamed < 0.3) renames[name] = now;
        become.set(name, now);
        return false;
      });
      const wanted = shuffled([...become.values(), "Added", "Neu: übrig"]);
      const moves = Object.fromEntries(dropped.map((name) => [name, pick(wanted)]));
      for (const name of dropped) become.set(name, moves[name] ?? "");
      const news = {
        ...inputs,
        statusOptions: wanted.map((name): OptionSpec => ({
          name,
          color: pick(["PINK", "BLUE", "GRAY"]),
          description: pick(["", "…"]),
        })),
        statusRenames: renames,
        statusMoves: moves,
      };

      // Meanwhile somebody has passed names round, and renamed an option, in the browser.
      const byHand = seed % 2 === 0;
      if (byHand) {
        await editOptions(github, before, "Status", (options) => {
          const [a = "", b = "", c = "", d = ""] = shuffled(options.map(({ name }) => name));
          const names: Record<string, string> = { [a]: b, [b]: c, [c]: a, [d]: `${d} by hand` };
          return options.map((option) => ({ ...option, name: names[option.name] ?? option.name }));
        });
      }
      assert.deepEqual((await check(inputs, news)).failures, []);
      const seen = seed % 4 === 0 ? await read(id, outs) : undefined;
      const olds = seen && "props" in seen ? seen.props : outs;
      assert.equal((await diff(id, olds, news)).changes, true);
      const { outs: updated } = await update(id, olds, news);
      assert.equal((await diff(id, updated, news)).changes, false);

      const after = await boardSeen(github, inputs.title);
      assert.deepEqual(optionNames(after, "Status"), wanted);
      const expected = before.items.nodes.map(({ id, fieldValueByName }) => [
        id,
        become.get(fieldValueByName?.name ?? ""),
      ]);
      assert.deepEqual(
        after.items.nodes.map(({ id, fieldValueByName }) => [id, fieldValueByName?.name]),
        expected,
      );
    });
  }
});
