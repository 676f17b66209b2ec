import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BoardInputs } from "../../../providers/projectBoard/model.ts";
import { check, create, diff, update } from "../../../providers/projectBoard/provider.ts";
import { addCards, boardInputs, boardSeen, mutate, statuses, workflow } from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("a board whose options are dropped", () => {
  let github: TestGitHub;
  let made = 0;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  async function withCards(cards = 14) {
    const inputs = await boardInputs(github, `dropped-${(made += 1)}`);
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), cards);
    return { inputs, id, outs, board: await boardSeen(github, inputs.title) };
  }

  test("has the cards beyond the first hundred moved too", async () => {
    const one = await withCards(230);
    const news: BoardInputs = {
      ...one.inputs,
      statusOptions: workflow.filter(({ name }) => name !== "Blocked"),
      statusMoves: { Blocked: "Todo" },
    };
    await update(one.id, one.outs, news);
    const seen = await allStatuses(one.id);
    assert.equal(seen.length, 230);
    assert.ok(seen.every((status) => status !== undefined && status !== "Blocked"));
  });

  test("has its archived cards counted, moved and archived again", async () => {
    const one = await withCards(7);
    const archived = [...statuses(one.board)].filter(([, status]) => status === "QA" || status === "Done");
    assert.equal(archived.length, 2);
    for (const [itemId] of archived)
      await mutate(github, "archiveProjectV2Item", { projectId: one.id, itemId });

    const without = { ...one.inputs, statusOptions: workflow.filter(({ name }) => name !== "QA") };
    await assert.rejects(diff(one.id, one.outs, without), /"QA" holds 1 card \(1 archived\)/);
    const news = { ...without, statusMoves: { QA: "Review" } };
    await update(one.id, one.outs, news);
    assert.deepEqual((await allStatuses(one.id, "ARCHIVED")).sort(), ["Done", "Review"]);
    assert.equal((await allStatuses(one.id)).length, 5);
  });

  async function allStatuses(id: string, state = "NOT_ARCHIVED"): Promise<(string | undefined)[]> {
    const all: (string | undefined)[] = [];
    for (let after: string | null = null; ;) {
      const { node }: Cards = await github.graphql<Cards>(
        `query ($id: ID!, $after: String) { node(id: $id) { ... on ProjectV2 {
          items(first: 100, after: $after, archivedStates: [${state}]) {
            pageInfo { hasNextPage endCursor }
            nodes { fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } } }
        } } } }`,
        { id, after },
      );
      all.push(...node.items.nodes.map(({ fieldValueByName }) => fieldValueByName?.name));
      if (!node.items.pageInfo.hasNextPage) return all;
      after = node.items.pageInfo.endCursor;
    }
  }

  interface Cards {
    readonly node: {
      readonly items: {
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        readonly nodes: readonly { readonly fieldValueByName: { readonly name: string } | null }[];
      };
    };
  }

  test("with fifty options can drop one in use, and says when there is no room to move its cards", async () => {
    const option = (name: string) => ({ name, color: "GRAY" as const, description: "" });
    const fifty = Array.from({ length: 50 }, (_, i) => option(`Step ${i}`));
    const inputs = await boardInputs(github, "fifty", { statusOptions: fifty });
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), 50);
    const full = {
      ...inputs,
      statusOptions: [...fifty.slice(1), option("New")],
      statusMoves: { "Step 0": "New" },
    };
    const before = await boardSeen(github, inputs.title);
    await assert.rejects(
      update(id, outs, full),
      /"Step 0".*would have 51 options, and GitHub takes at most 50/,
    );
    assert.deepEqual(await boardSeen(github, inputs.title), before);

    const { outs: updated } = await update(id, outs, { ...full, statusMoves: { "Step 0": "Step 1" } });
    assert.equal((await diff(id, updated, full)).changes, false);
    const after = statuses(await boardSeen(github, inputs.title));
    assert.equal([...after.values()].filter((status) => status === "Step 1").length, 2);
    assert.ok([...after.values()].every((status) => status !== null));
  });

  test("is refused a Priority in use in the preview, with what helps there", async () => {
    const one = await withCards(2);
    const priority = one.board.fields.nodes.find(({ name }) => name === "Priority");
    const [itemId] = statuses(one.board).keys();
    const value = { singleSelectOptionId: priority?.options?.find(({ name }) => name === "High")?.id };
    await mutate(github, "updateProjectV2ItemFieldValue", {
      projectId: one.id,
      itemId,
      fieldId: priority?.id,
      value,
    });
    const fields = one.inputs.fields.map((field) =>
      field.options ? { ...field, options: field.options.filter(({ name }) => name !== "High") } : field,
    );
    const refusal =
      /field Priority: refused .*"High" holds 1 card; give those cards another value on the board/;
    await assert.rejects(diff(one.id, one.outs, { ...one.inputs, fields }), refusal);
  });

  test("refuses renames onto another option in use and round a circle, by name", async () => {
    const one = await withCards();
    const into = {
      ...one.inputs,
      statusOptions: workflow.filter(({ name }) => name !== "QA"),
      statusRenames: { QA: "Review" },
    };
    await assert.rejects(
      diff(one.id, one.outs, into),
      /"QA" holds 2 cards and cannot become "Review", which is another option; say in statusMoves/,
    );
    const reasons = async (change: Partial<BoardInputs>) =>
      (await check(one.inputs, { ...one.inputs, ...change })).failures.map(({ reason }) => reason).join("; ");
    assert.match(
      await reasons({ statusRenames: { QA: "Review", Review: "QA" } }),
      /"QA" leads to "Review", but is still among the options of Status; .*one run after the other/,
    );
    assert.match(
      await reasons({ statusOptions: [...workflow, { name: "todo", color: "RED", description: "" }] }),
      /each name once, whatever its case, got "todo" again/,
    );
    assert.match(
      await reasons({ statusOptions: [...workflow, { name: "Later ", color: "RED", description: "" }] }),
      /without spaces around them, got "Later "/,
    );
  });
});
