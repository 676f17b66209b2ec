import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
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
  mutate,
  statuses,
  workflow,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("with objects that GitHub hides from the token:", () => {
  let github: TestGitHub;
  let made = 0;
  before(async () => {
    github = await testGitHub();
  });
  afterEach(async () => {
    await github.hide({});
    await github.faults([]);
  });
  after(() => github.close());

  async function withCards(cards = 14) {
    const inputs = await boardInputs(github, `hidden-${(made += 1)}`);
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), cards);
    return { inputs, id, outs, board: await boardSeen(github, inputs.title) };
  }

  test("repositories behind the first hundred do not keep a board from being finished", async () => {
    const inputs = await boardInputs(github, "last-of-many", { adopt: true });
    await addBoard(github, inputs.title);
    const { id: projectId } = await boardSeen(github, inputs.title);
    for (let n = 0; n < 100; n += 1) {
      const { repositoryId } = await boardInputs(github, `of-many-${n}`);
      await mutate(github, "linkProjectV2ToRepository", { projectId, repositoryId });
    }
    const { id, outs } = await create(inputs);
    assert.deepEqual([id, outs.linked], [projectId, true]);
    assert.equal((await diff(id, outs, inputs)).changes, false);
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.equal(seen.props.linked, true);
  });

  for (const hiding of ["null", "redacted"] as const) {
    test(`cards shown as ${hiding} refuse the end of an option, with their number`, async () => {
      const { inputs, id, outs, board } = await withCards();
      const onQa = [...statuses(board)].filter(([, status]) => status === "QA").map(([card]) => card);
      await github.hide(Object.fromEntries(onQa.map((card) => [card, hiding])));
      const statusOptions = workflow.filter(({ name }) => name !== "QA");
      const news = { ...inputs, statusOptions, statusMoves: { QA: "Todo" } };
      const refusal = /refused to drop "QA": 2 cards whose value the token cannot read can be on it/;
      await assert.rejects(diff(id, outs, news), refusal);
      await assert.rejects(update(id, outs, news), refusal);
      assert.deepEqual(await boardSeen(github, inputs.title), board);
    });

    test(`cards shown as ${hiding} keep their status when options are reordered and renamed`, async () => {
      const { inputs, id, outs, board } = await withCards();
      await github.hide(Object.fromEntries(board.items.nodes.slice(0, 5).map((card) => [card.id, hiding])));
      const statusOptions = workflow
        .toReversed()
        .map((option) => (option.name === "QA" ? { ...option, name: "Testing" } : option));
      await update(id, outs, { ...inputs, statusOptions, statusRenames: { QA: "Testing" } });
      const renamed = new Map(
        [...statuses(board)].map(([card, status]) => [card, status === "QA" ? "Testing" : status]),
      );
      assert.deepEqual(statuses(await boardSeen(github, inputs.title)), renamed);
    });
  }

  test("a card whose status is null in one place and readable in another is where it is", async () => {
    // One place after the other in a page of cards is null: the end of an option takes no card's status.
    for (let at = 0; at < 40; at += 3) {
      const { inputs, id, outs, board } = await withCards(7);
      const statusOptions = workflow.filter(({ name }) => name !== "QA");
      await github.faults([
        { match: { operation: "ReadCards" }, action: { kind: "null", at } },
        { match: { operation: "ReadCards" }, action: { kind: "null", at: at + 1 } },
      ]);
      await assert.rejects(update(id, outs, { ...inputs, statusOptions }), /refused to drop/, `place ${at}`);
      await github.faults([]);
      assert.deepEqual(await boardSeen(github, inputs.title), board);
    }
  });

  test("a board refuses a second one, and its own end in the state and on GitHub", async () => {
    for (const hiding of ["null", "absent"] as const) {
      const { inputs, id, outs, board } = await withCards(2);
      await github.hide({ [id]: hiding });
      const reason =
        hiding === "null" ? /hides 1 of the \d+ boards/ : /is no owner of bto-labs and sees \d+ boards/;
      await assert.rejects(read(id, outs), reason);
      const goes = { ...outs, deleteOnDestroy: true, keepsRepository: false };
      await assert.rejects(remove(id, goes), reason);
      if (hiding === "null") {
        const { failures } = await check({}, inputs);
        assert.match(failures[0]?.reason ?? "", reason);
        await assert.rejects(create(inputs), reason);
      }
      assert.deepEqual(await boardSeen(github, inputs.title), board);
      await github.hide({});
    }
  });

  test("other boards leave one that people made by hand to be adopted", async () => {
    await addBoard(github, "not for the token");
    const hidden = await boardSeen(github, "not for the token");
    await github.hide({ [hidden.id]: "null" });
    const inputs = await boardInputs(github, "by-hand", { adopt: true });
    await assert.rejects(create(inputs), /or make the board by hand and set adopt/);
    await addBoard(github, inputs.title);
    const { outs } = await create(inputs);
    assert.equal(outs.adopted, true);
  });

  test("a field, a view and a workflow are not made again, and their numbers are said", async () => {
    const { inputs, id, outs, board } = await withCards(3);
    const news = { ...inputs, shortDescription: "other" };
    await github.hide({ [outs.statusFieldId]: "null" });
    await assert.rejects(
      read(id, outs),
      /expected to read all of its fields, got 11 and 1 that GitHub hides/,
    );
    await assert.rejects(
      update(id, outs, news),
      /expected the field "Status", got 11 other fields and 1 that/,
    );

    const view = board.views.nodes.find(({ name }) => name === "Board");
    await github.hide({ [view?.id ?? ""]: "null" });
    const { outs: updated } = await update(id, outs, news);
    assert.match(updated.checklist.join("\n"), /look for a view "Board", since 1 views are hidden/);
    await github.hide({});
    assert.deepEqual((await boardSeen(github, inputs.title)).views, board.views);
  });

  test("a hidden repository does not make its board's link fail", async () => {
    const { inputs, id, outs } = await withCards(1);
    await github.hide({ [inputs.repositoryId]: "null" });
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.equal(seen.props.linked, true);
    const { outs: updated } = await update(id, outs, { ...inputs, shortDescription: "other" });
    assert.equal(updated.linked, true);
  });

  test("nothing hidden: a deleted board is gone", async () => {
    const { id, outs } = await withCards(1);
    await github.graphql(
      "mutation ($id: ID!) { deleteProjectV2(input: {projectId: $id}) { clientMutationId } }",
      {
        id,
      },
    );
    assert.equal((await read(id, outs)).id, "");
    await remove(id, { ...outs, deleteOnDestroy: true });
    assert.ok(!(await boardsSeen(github)).some((board) => board.id === id));
  });
});
