import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BoardInputs, OptionSpec } from "../../../providers/projectBoard/model.ts";
import {
  check,
  create,
  delete as remove,
  diff,
  read,
  update,
} from "../../../providers/projectBoard/provider.ts";
import {
  addCards,
  boardInputs,
  boardSeen,
  boardsSeen,
  optionNames,
  statuses,
  workflow,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const named = (name: string): OptionSpec => ({ name, color: "PINK", description: "" });
const without = (...names: string[]) => workflow.filter(({ name }) => !names.includes(name));

describe("a board on an empty organization", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  test("is made as wanted, with four requests", async () => {
    const inputs = await boardInputs(github, "fresh");
    await github.requests();
    const { failures } = await check({}, inputs);
    const { id } = await create(inputs);
    assert.equal(await github.requests(), 4);
    assert.deepEqual(failures, []);

    const board = await boardSeen(github, "fresh Workflow");
    assert.equal(board.id, id);
    assert.equal(board.shortDescription, "Where mesh-six works");
    assert.match(board.readme ?? "", /^Cards move by themselves\.\n/);
    assert.equal(board.public, false);
    assert.deepEqual(optionNames(board, "Status"), [
      "Todo",
      "Planning",
      "In Progress",
      "QA",
      "Review",
      "Done",
      "Blocked",
    ]);
    assert.deepEqual(optionNames(board, "Priority"), ["Critical", "High", "Medium", "Low"]);
    assert.ok(board.fields.nodes.some(({ name }) => name === "Session ID"));
    assert.deepEqual(board.repositories.nodes, [{ nameWithOwner: "bto-labs/fresh" }]);
    assert.ok(board.views.nodes.some(({ name, layout }) => name === "Board" && layout === "BOARD_LAYOUT"));
  });

  test("is found again by a second create, which changes nothing", async () => {
    const inputs = await boardInputs(github, "again");
    const first = await create(inputs);
    await github.requests();
    const second = await create(inputs);
    assert.deepEqual(second, first);
    assert.equal(await github.requests(), 2);
  });

  test("costs no request when nothing is to change", async () => {
    const inputs = await boardInputs(github, "quiet");
    const { id, outs } = await create(inputs);
    await github.requests();
    await check(inputs, inputs);
    assert.equal((await diff(id, outs, inputs)).changes, false);
    assert.equal(await github.requests(), 0);
  });

  test("edited by hand is drift for one request, and is put right with no card lost", async () => {
    const inputs = await boardInputs(github, "drift");
    const { id, outs } = await create(inputs);
    const made = await boardSeen(github, "drift Workflow");
    await addCards(github, made, 14);
    const before = statuses(await boardSeen(github, "drift Workflow"));
    const status = made.fields.nodes.find(({ name }) => name === "Status");
    const edited = (status?.options ?? []).map((option) =>
      option.name === "QA" ? { ...option, color: "RED" as const } : option,
    );
    await github.graphql(
      "mutation Edit($input: UpdateProjectV2FieldInput!) { updateProjectV2Field(input: $input) { clientMutationId } }",
      { input: { fieldId: status?.id, singleSelectOptions: [...edited, named("By hand")] } },
    );

    await github.requests();
    const seen = await read(id, outs);
    assert.equal(await github.requests(), 1);
    assert.ok("props" in seen);
    assert.equal((await diff(id, seen.props, inputs)).changes, true);
    await update(id, seen.props, inputs);
    const mended = await boardSeen(github, "drift Workflow");
    assert.deepEqual(
      optionNames(mended, "Status"),
      workflow.map(({ name }) => name),
    );
    assert.deepEqual(statuses(mended), before);
  });

  test("is gone for refresh when somebody deleted it", async () => {
    const inputs = await boardInputs(github, "deleted", { deleteOnDestroy: true });
    const { id, outs } = await create(inputs);
    await remove(id, outs);
    await remove(id, outs);
    assert.equal((await read(id, outs)).id, "");
    assert.equal((await boardsSeen(github)).filter(({ title }) => title === "deleted Workflow").length, 0);
  });

  test("stays when the resource is deleted, unless the settings say otherwise", async () => {
    const inputs = await boardInputs(github, "retained");
    const { id, outs } = await create(inputs);
    await remove(id, outs);
    assert.equal((await boardSeen(github, "retained Workflow")).id, id);
  });
});

describe("a board with thirty cards", () => {
  let github: TestGitHub;
  let round = 0;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  /** Makes such a board, changes it, and gives its cards' statuses before and after. */
  async function changed(change: Partial<BoardInputs>) {
    const inputs = await boardInputs(github, `cards-${(round += 1)}`);
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), 30);
    const before = statuses(await boardSeen(github, inputs.title));
    const news = { ...inputs, ...change };
    assert.deepEqual((await check(inputs, news)).failures, []);
    assert.equal((await diff(id, outs, news)).changes, true);
    const { outs: updated } = await update(id, outs, news);
    assert.equal((await diff(id, updated, news)).changes, false);
    const board = await boardSeen(github, inputs.title);
    assert.deepEqual(
      optionNames(board, "Status"),
      news.statusOptions.map(({ name }) => name),
    );
    return { before, after: statuses(board) };
  }

  const unharmed: Readonly<Record<string, readonly OptionSpec[]>> = {
    reordered: workflow.toReversed(),
    recoloured: workflow.map((option) => ({ ...option, color: "PINK" })),
    "described again": workflow.map((option) => ({ ...option, description: `is ${option.name}` })),
    "added, also at the front": [named("Before"), ...workflow, named("Later")],
    "all of it at once": [named("Before"), ...workflow.toReversed().map(({ name }) => named(name))],
  };
  for (const [how, statusOptions] of Object.entries(unharmed)) {
    test(`keeps every status when options are ${how}`, async () => {
      const { before, after } = await changed({ statusOptions });
      assert.equal(before.size, 30);
      assert.ok([...before.values()].every((status) => status !== null));
      assert.deepEqual(after, before);
    });
  }

  test("keeps every status when an option is renamed", async () => {
    const { before, after } = await changed({
      statusOptions: workflow.map((option) =>
        option.name === "QA" ? { ...option, name: "Testing" } : option,
      ),
      statusRenames: { QA: "Testing" },
    });
    const expected = new Map(
      [...before].map(([card, status]) => [card, status === "QA" ? "Testing" : status]),
    );
    assert.ok([...expected.values()].includes("Testing"));
    assert.deepEqual(after, expected);
  });

  test("moves the cards of an option that goes, also to one that is new", async () => {
    const { before, after } = await changed({
      statusOptions: [...without("Review", "Blocked"), named("Stuck")],
      statusMoves: { Review: "QA", Blocked: "Stuck" },
    });
    const to: Record<string, string> = { Review: "QA", Blocked: "Stuck" };
    const expected = new Map([...before].map(([card, status]) => [card, to[status ?? ""] ?? status]));
    assert.deepEqual(after, expected);
  });

  test("refuses to drop options in use, with the counts, already in the preview", async () => {
    const inputs = await boardInputs(github, "refused");
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), 30);
    const before = await boardSeen(github, inputs.title);
    const news = { ...inputs, statusOptions: without("QA", "Done") };
    const refusal = /"QA" holds 4 cards; "Done" holds 4 cards; say in statusMoves/;
    await assert.rejects(diff(id, outs, news), refusal);
    await assert.rejects(update(id, outs, news), refusal);
    assert.deepEqual(await boardSeen(github, inputs.title), before);
  });

  test("renamed, reordered, recoloured and added to by hand is drift, and put right with every card's status", async () => {
    const inputs = await boardInputs(github, "by-hand");
    const { id, outs } = await create(inputs);
    const made = await boardSeen(github, inputs.title);
    await addCards(github, made, 30);
    const before = statuses(await boardSeen(github, inputs.title));
    const status = made.fields.nodes.find(({ name }) => name === "Status");
    const edited = (status?.options ?? []).toReversed().map((option) => ({
      ...option,
      name: option.name === "QA" ? "Quality" : option.name,
      color: option.name === "Done" ? "PINK" : option.color,
    }));
    await github.graphql(
      "mutation Edit($input: UpdateProjectV2FieldInput!) { updateProjectV2Field(input: $input) { clientMutationId } }",
      { input: { fieldId: status?.id, singleSelectOptions: [...edited, named("By hand")] } },
    );
    const drifted = await read(id, outs);
    assert.ok("props" in drifted);
    assert.equal((await diff(id, drifted.props, inputs)).changes, true);
    // A second refresh must not forget what the board was like.
    const again = await read(id, drifted.props);
    assert.ok("props" in again);
    assert.equal((await diff(id, again.props, inputs)).changes, true);
    const { outs: mended } = await update(id, again.props, inputs);
    assert.equal((await diff(id, mended, inputs)).changes, false);
    const board = await boardSeen(github, inputs.title);
    assert.deepEqual(board.fields.nodes.find(({ name }) => name === "Status")?.options, status?.options);
    assert.deepEqual(statuses(board), before);
  });

  test("is not touched on a server that does not know option ids", async () => {
    const old = await testGitHub({ optionIds: false });
    try {
      const inputs = await boardInputs(old, "old-server");
      const { id, outs } = await create(inputs);
      await addCards(old, await boardSeen(old, inputs.title), 7);
      const before = await boardSeen(old, inputs.title);
      const news = { ...inputs, statusOptions: [...workflow].reverse() };
      await assert.rejects(update(id, outs, news), /does not take the ids of options.*7 cards/);
      assert.deepEqual(await boardSeen(old, inputs.title), before);
    } finally {
      await old.close();
    }
  });
});
