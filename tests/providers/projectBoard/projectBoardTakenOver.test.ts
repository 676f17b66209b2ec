import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BoardInputs, BoardOutputs } from "../../../providers/projectBoard/model.ts";
import {
  check,
  create,
  delete as remove,
  diff,
  read,
  update,
} from "../../../providers/projectBoard/provider.ts";
import {
  addBoard,
  addCards,
  boardInputs,
  boardSeen,
  boardsSeen,
  markAsBefore,
  mutate,
  statuses,
  workflow,
  type Seen,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("a board that people made and this program took over", () => {
  let github: TestGitHub;
  let made = 0;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  /** A board of people's with texts, a view and cards, and the inputs that take it over. */
  async function theirs(change: Partial<BoardInputs> = {}) {
    const name = `taken-${(made += 1)}`;
    const inputs = await boardInputs(github, name, { adopt: true, ...change });
    await addBoard(github, inputs.title);
    const { id, views } = await boardSeen(github, inputs.title);
    const texts = { readme: "Ours since 2019.  ", shortDescription: "People's", public: true };
    await mutate(github, "updateProjectV2", { projectId: id, ...texts });
    await addCards(github, await boardSeen(github, inputs.title), 9);
    const before = await boardSeen(github, inputs.title);
    return { inputs, id, before, views };
  }

  /** A board as people see it, our marker aside. */
  function peoples({ title, shortDescription, public: isPublic, readme, views, ...board }: Seen) {
    const text = (readme ?? "").replace(/\n\n<!-- mesh-six-infra [^>]*-->/g, "");
    const names = views.nodes.map(({ name }) => name).filter((name) => name !== "Board");
    return { title, shortDescription, isPublic, text, names, cards: statuses(board as Seen) };
  }

  /** Creates as an up does that has no state of the board, and gives the board as it is then. */
  async function upWithoutState(inputs: BoardInputs) {
    assert.deepEqual((await check({}, inputs)).failures, []);
    const { id, outs } = await create(inputs);
    return { id, outs, board: await boardSeen(github, inputs.title) };
  }

  test("says in its readme that it was taken over, and for which repository", async () => {
    const { inputs } = await theirs();
    const { board } = await upWithoutState(inputs);
    assert.ok(
      board.readme?.endsWith(
        `\n\n<!-- mesh-six-infra board of ${inputs.repository}, taken over, repository ${inputs.repositoryId} -->`,
      ),
      board.readme ?? "",
    );
  });

  const ways: Readonly<Record<string, Partial<BoardInputs>>> = {
    "its entry comes back with adopt": { adopt: true },
    "its entry comes back without adopt": { adopt: false },
    "its entry comes back with other texts": {
      shortDescription: "other",
      readme: "other",
      public: true,
      adopt: true,
    },
    "another stack with githubRetain false finds it": { deleteOnDestroy: true, adopt: false },
  };
  for (const [how, change] of Object.entries(ways)) {
    for (const marker of ["of today", "of before"]) {
      test(`stays people's when ${how}, by a marker ${marker}`, async () => {
        const { inputs, id, before } = await theirs();
        const first = await upWithoutState(inputs);
        await remove(id, first.outs);
        if (marker === "of before") await markAsBefore(github, first.board, inputs.repository);
        const again = await upWithoutState({ ...inputs, ...change });
        assert.equal(again.id, id);
        assert.equal(again.outs.adopted, true);
        assert.deepEqual(peoples(again.board), peoples(before));
        await remove(id, again.outs);
        assert.deepEqual(peoples(await boardSeen(github, inputs.title)), peoples(before));
      });
    }
  }

  test("stays people's when its adoption failed after the marker was written", async () => {
    const { inputs, id, before } = await theirs({ deleteOnDestroy: true });
    await github.faults([
      { match: { operation: "ChangeOptions" }, times: 9, action: { kind: "status", status: 422 } },
    ]);
    await assert.rejects(create(inputs));
    await github.faults([]);
    assert.match(
      (await boardSeen(github, inputs.title)).readme ?? "",
      /mesh-six-infra board of .* taken over/,
    );
    const { outs, board } = await upWithoutState(inputs);
    assert.equal(outs.adopted, true);
    assert.deepEqual(peoples(board), peoples(before));
    await remove(id, outs);
    assert.deepEqual(peoples(await boardSeen(github, inputs.title)), peoples(before));
  });

  test("with a marker of before and empty texts is not deleted by a state that takes it for its own", async () => {
    const inputs = await boardInputs(github, "empty", {
      adopt: true,
      readme: "",
      shortDescription: "",
      deleteOnDestroy: true,
    });
    await addBoard(github, inputs.title);
    const { id, outs, board } = await upWithoutState(inputs);
    await markAsBefore(github, board, inputs.repository);
    const { is } = (await create({ ...inputs, adopt: false })).outs;
    await markAsBefore(github, board, inputs.repository);
    await remove(id, { ...outs, adopted: false, is });
    assert.equal((await boardSeen(github, inputs.title)).id, id);
  });

  test("gets the new marker by one update when its state is of an earlier version, and no other change", async () => {
    const { inputs, id } = await theirs();
    const { outs, board } = await upWithoutState(inputs);
    await markAsBefore(github, board, inputs.repository);
    const asBefore = { ...outs, is: "0123456789abcdef" } as BoardOutputs;
    assert.equal((await diff(id, asBefore, inputs)).changes, true);
    const { outs: updated } = await update(id, asBefore, inputs);
    assert.deepEqual(await boardSeen(github, inputs.title), board);
    assert.equal((await diff(id, updated, inputs)).changes, false);
  });

  test("keeps the refreshed outputs free of undefined when an option was reordered by hand", async () => {
    const { inputs, id } = await theirs();
    const { outs, board } = await upWithoutState(inputs);
    const field = board.fields.nodes.find(({ name }) => name === "Status");
    const singleSelectOptions = field?.options?.toReversed();
    await mutate(github, "updateProjectV2Field", { fieldId: field?.id, singleSelectOptions });
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.deepEqual(seen.props, JSON.parse(JSON.stringify(seen.props)));
    assert.equal((await diff(id, seen.props, inputs)).changes, true);
  });
});

describe("a board that this program made", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  test("is ours again when its entry comes back, also with other texts, and goes with githubRetain false", async () => {
    const inputs = await boardInputs(github, "ours", { deleteOnDestroy: true });
    const { id } = await create(inputs);
    const back = { ...inputs, shortDescription: "other" };
    const { outs } = await create({ ...back, adopt: true });
    assert.equal(outs.adopted, false);
    assert.equal((await boardSeen(github, inputs.title)).shortDescription, "other");
    await remove(id, (await update(id, outs, back)).outs);
    assert.deepEqual(
      (await boardsSeen(github)).filter((board) => board.id === id),
      [],
    );
  });

  test("sees no update when its state is of an earlier version, is found by its old marker, and goes with githubRetain false", async () => {
    const inputs = await boardInputs(github, "before", { deleteOnDestroy: true });
    const { id, outs } = await create(inputs);
    await markAsBefore(github, await boardSeen(github, inputs.title), inputs.repository);
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.deepEqual(seen.props, outs);
    assert.equal((await diff(id, outs, inputs)).changes, false);
    const again = await create(inputs);
    assert.deepEqual([again.id, again.outs.adopted], [id, false]);
    await remove(id, again.outs);
    assert.ok(!(await boardsSeen(github)).some((board) => board.id === id));
  });

  const others: Readonly<Record<string, string>> = {
    "names another repository": "<!-- mesh-six-infra board of bto-labs/other, made by it, repository R_x -->",
    "is gone": "Cards move by themselves.",
  };
  for (const [how, readme] of Object.entries(others)) {
    test(`is not deleted when its marker ${how}`, async (t) => {
      const inputs = await boardInputs(github, how.replaceAll(" ", "-"), { deleteOnDestroy: true });
      const { id, outs } = await create(inputs);
      await mutate(github, "updateProjectV2", { projectId: id, readme });
      const told = t.mock.method(console, "log", () => undefined);
      await remove(id, outs);
      assert.match(String(told.mock.calls[0]?.arguments[0]), /it stays, since its (marker|readme)/);
      assert.equal((await boardSeen(github, inputs.title)).id, id);
    });
  }

  /** With its answer lost, a new board is found as one that can have cards, and its workflows stay enabled at first. */
  const lost = { match: { operation: "CreateBoard" }, action: { kind: "drop", after: true } } as const;

  test("has the workflows off that move or hide cards, and another keeps them where the settings say so", async () => {
    const enabled = (board: Seen) =>
      board.workflows.nodes.filter((one) => one.enabled).map(({ name }) => name);
    const inputs = await boardInputs(github, "off");
    await github.faults([lost]);
    const { outs } = await create(inputs);
    assert.deepEqual(enabled(await boardSeen(github, inputs.title)), ["Auto-add sub-issues to project"]);
    assert.deepEqual(outs.checklist, []);

    const keeping = await boardInputs(github, "on", { keepWorkflows: true });
    await github.faults([lost]);
    const kept = await create(keeping);
    const names = enabled(await boardSeen(github, keeping.title));
    assert.ok(names.includes("Item closed") && names.includes("Pull request merged"));
    const told = names.filter((name) => name !== "Auto-add sub-issues to project");
    assert.deepEqual(
      kept.outs.checklist.map((line) => /workflow "(.*)"/.exec(line)?.[1]),
      told,
    );
    assert.equal((await diff(kept.id, kept.outs, keeping)).changes, false);
  });

  test("tells the workflows that GitHub refuses to switch off, and is made all the same", async () => {
    const inputs = await boardInputs(github, "refused-workflows");
    const field = "deleteProjectV2Workflow";
    await github.faults([
      lost,
      { match: { operation: field }, times: 9, action: { kind: "mutation", field } },
    ]);
    const { id, outs } = await create(inputs);
    await github.faults([]);
    assert.ok(outs.checklist.some((line) => line.startsWith('switch off the workflow "Item closed"')));
    assert.equal((await diff(id, outs, inputs)).changes, false);
    const board = await boardSeen(github, inputs.title);
    assert.equal(board.fields.nodes.find(({ name }) => name === "Status")?.options?.length, workflow.length);
  });
});
