import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { create, delete as remove, diff, read, update } from "../../../providers/projectBoard/provider.ts";
import {
  addCards,
  boardInputs,
  boardSeen,
  boardsSeen,
  editOptions,
  mutate,
  optionNames,
  statuses,
  workflow,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("a board that people have edited", () => {
  let github: TestGitHub;
  let made = 0;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  /** A board with cards, and everything a refresh, a preview and an `up` need of it. */
  async function withCards(cards = 14) {
    const inputs = await boardInputs(github, `edited-${(made += 1)}`);
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), cards);
    const board = await boardSeen(github, inputs.title);
    return { inputs, id, outs, board, before: statuses(board) };
  }

  /** Refreshes twice, as a drift run before an `up --refresh` does, and puts the board right. */
  async function putRight({ id, outs, inputs }: Awaited<ReturnType<typeof withCards>>) {
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    const again = await read(id, seen.props);
    assert.ok("props" in again);
    assert.equal((await diff(id, again.props, inputs)).changes, true);
    const { outs: mended } = await update(id, again.props, inputs);
    assert.equal((await diff(id, mended, inputs)).changes, false);
    return mended;
  }

  for (const name of ["Status", "Priority", "Session ID"]) {
    test(`gets its field ${name} back under its name, with every card's value`, async () => {
      const one = await withCards();
      const field = one.board.fields.nodes.find((each) => each.name === name);
      await mutate(github, "updateProjectV2Field", {
        fieldId: field?.id,
        name: `${name} by hand`,
      });
      const mended = await putRight(one);
      const after = await boardSeen(github, one.inputs.title);
      assert.deepEqual(after.fields.nodes, one.board.fields.nodes);
      assert.deepEqual(statuses(after), one.before);
      assert.deepEqual(
        [mended.statusFieldId, mended.fieldIds],
        [one.outs.statusFieldId, one.outs.fieldIds],
        "the ids of the receiver and the registry",
      );
    });
  }

  test("gets a view back that was deleted, and no other view of people's is touched", async () => {
    const one = await withCards(1);
    const board = one.board;
    await github.rest("POST", `/orgs/bto-labs/projectsV2/${one.outs.number}/views`, {
      name: "Mine",
      layout: "table",
    });
    const wanted = board.views.nodes.find(({ name }) => name === "Board");
    assert.ok(wanted);
    await mutate(github, "deleteProjectV2View", { viewId: wanted.id });
    assert.deepEqual((await putRight(one)).checklist, one.outs.checklist);
    const views = (await boardSeen(github, one.inputs.title)).views.nodes.map(({ name }) => name);
    assert.deepEqual(views.toSorted(), [...board.views.nodes.map(({ name }) => name), "Mine"].toSorted());
  });

  test("gets a field back that was deleted, and one whose options were edited besides its name", async () => {
    const one = await withCards();
    const idOf = (name: string) => one.board.fields.nodes.find((field) => field.name === name)?.id;
    await mutate(github, "deleteProjectV2Field", { fieldId: idOf("Session ID") });
    await editOptions(github, one.board, "Status", (options) => options.toReversed());
    await mutate(github, "updateProjectV2Field", {
      fieldId: idOf("Status"),
      name: "State",
    });
    await putRight(one);
    const after = await boardSeen(github, one.inputs.title);
    assert.deepEqual(
      optionNames(after, "Status"),
      workflow.map(({ name }) => name),
    );
    assert.ok(after.fields.nodes.some(({ name }) => name === "Session ID"));
    assert.deepEqual(statuses(after), one.before);
  });

  const edits: Readonly<Record<string, object>> = {
    "was closed": { closed: true },
    "was renamed": { title: "Another title" },
    "was made public and described": { public: true, shortDescription: "By hand" },
    "lost the marker in its readme": { readme: "Cards move by themselves." },
    "got another readme": { readme: "By hand" },
  };
  for (const [how, edit] of Object.entries(edits)) {
    test(`is put right when it ${how}`, async () => {
      const one = await withCards(3);
      await mutate(github, "updateProjectV2", { projectId: one.id, ...edit });
      await putRight(one);
      assert.deepEqual(await boardSeen(github, one.inputs.title), one.board);
    });
  }

  test("is linked again when the link was taken away", async () => {
    const one = await withCards(1);
    const { repositoryId } = one.inputs;
    await mutate(github, "unlinkProjectV2FromRepository", {
      projectId: one.id,
      repositoryId,
    });
    await putRight(one);
    assert.deepEqual(await boardSeen(github, one.inputs.title), one.board);
  });

  test("makes an up without refresh fail when it was deleted, with the command that makes it again", async () => {
    const { inputs, id, outs } = await withCards(1);
    await remove(id, { ...outs, deleteOnDestroy: true, keepsRepository: false });
    const news = { ...inputs, title: "Another title" };
    assert.equal((await diff(id, outs, news)).changes, true);
    await assert.rejects(
      update(id, outs, news),
      /it is gone from GitHub; pulumi up --refresh makes it again/,
    );
    assert.ok(!(await boardsSeen(github)).some((board) => board.id === id));
  });

  test("with names exchanged by hand gives each card its option back", async () => {
    const one = await withCards();
    await editOptions(github, one.board, "Status", (options) => {
      const other: Record<string, string> = { QA: "Review", Review: "QA" };
      return options.map((option) => ({ ...option, name: other[option.name] ?? option.name }));
    });
    assert.notDeepEqual(statuses(await boardSeen(github, one.inputs.title)), one.before);
    await putRight(one);
    assert.deepEqual(await boardSeen(github, one.inputs.title), one.board);
  });
});
