import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BoardInputs, FieldSpec } from "../../../providers/projectBoard/model.ts";
import { check, create, diff, read, update } from "../../../providers/projectBoard/provider.ts";
import {
  addBoard,
  addCards,
  boardInputs,
  boardSeen,
  mutate,
  statuses,
  workflow,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const text = (name: string): FieldSpec => ({ name, type: "TEXT" });

describe("names on a board", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  const problems = async (inputs: BoardInputs, olds: Partial<BoardInputs> = {}) =>
    (await check(olds, inputs)).failures.map(({ reason }) => reason).join("; ");

  test("are refused before the board is made where GitHub would refuse them", async () => {
    const inputs = await boardInputs(github, "refused");
    assert.match(
      await problems({ ...inputs, fields: [text("Pod"), text("pod")] }),
      /its case, got "pod" again/,
    );
    assert.match(await problems({ ...inputs, fields: [text("STATUS")] }), /its case, got "STATUS" again/);
    assert.match(
      await problems({ ...inputs, fields: [text("Labels")] }),
      /for fields of its own, got "Labels"/,
    );
    assert.match(
      await problems({ ...inputs, fields: [text("Pod ")] }),
      /without spaces around them, got "Pod "/,
    );
    assert.equal(await problems({ ...inputs, fields: [text("constructor")] }), "");
  });

  test("in two cases are one field's, which gets the settings' case", async () => {
    await addBoard(github, "cased Workflow");
    const board = await boardSeen(github, "cased Workflow");
    const options = [{ name: "high", color: "RED", description: "people's" }];
    await mutate(github, "createProjectV2Field", {
      projectId: board.id,
      name: "priority",
      dataType: "SINGLE_SELECT",
      singleSelectOptions: options,
    });
    const inputs = await boardInputs(github, "cased", { adopt: true });
    const { id, outs } = await create(inputs);
    const { nodes } = (await boardSeen(github, inputs.title)).fields;
    const named = nodes.filter(({ name }) => name.toLowerCase() === "priority");
    assert.deepEqual(
      named.map(({ name, options }) => [name, options?.length]),
      [["Priority", 4]],
    );

    await mutate(github, "updateProjectV2Field", {
      fieldId: outs.fieldIds["Session ID"],
      name: "SESSION ID",
    });
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.equal((await diff(id, seen.props, inputs)).changes, true);
    const updated = await update(id, seen.props, inputs);
    assert.deepEqual(updated.outs.fieldIds, outs.fieldIds);
  });

  test("appear as on the board for a field whose place another type has taken", async () => {
    const inputs = await boardInputs(github, "taken");
    const { id, outs } = await create(inputs);
    await mutate(github, "deleteProjectV2Field", { fieldId: outs.fieldIds["Session ID"] });
    const number = { projectId: id, name: "session id", dataType: "NUMBER" };
    await mutate(github, "createProjectV2Field", number);
    await assert.rejects(
      update(id, outs, inputs),
      /field "session id": expected type TEXT, got NUMBER; rename that field on the board/,
    );
  });

  test("appear with the board and the field where GitHub refuses them all the same", async () => {
    const inputs = await boardInputs(github, "unknown");
    const field = { match: { operation: "createProjectV2Field" }, times: 9 };
    await github.faults([
      { ...field, action: { kind: "mutation", field: "createProjectV2Field", stop: true } },
    ]);
    await assert.rejects(create(inputs), /board http\S+: .*\(at createProjectV2Field "Session ID"\)/);
    await github.faults([]);
    await create(inputs);
  });

  test("move the cards to the new option when it is renamed in the same change", async () => {
    const inputs = await boardInputs(github, "moved-on");
    const { id, outs } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), 14);
    const before = statuses(await boardSeen(github, inputs.title));
    const news = {
      ...inputs,
      statusOptions: workflow
        .filter(({ name }) => name !== "QA")
        .map((option) => (option.name === "Review" ? { ...option, name: "Reviewing" } : option)),
      statusRenames: { Review: "Reviewing" },
      statusMoves: { QA: "Review" },
    };
    assert.match(await problems(news, inputs), /"Review" becomes "Reviewing": write that/);
    await update(id, outs, { ...news, statusMoves: { QA: "Reviewing" } });
    const become = (status: string | null) => (status === "QA" || status === "Review" ? "Reviewing" : status);
    assert.deepEqual(
      statuses(await boardSeen(github, inputs.title)),
      new Map([...before].map(([card, status]) => [card, become(status)])),
    );
  });

  test("in a title as long as GitHub takes them do not stand in the way of the marker", async () => {
    const inputs = await boardInputs(github, "long", { title: `${"🚀".repeat(100)} Workflow` });
    await github.faults([{ match: { operation: "createProjectV2" }, action: { kind: "drop", after: true } }]);
    await create(inputs);
    assert.equal((await boardSeen(github, inputs.title)).title, inputs.title);
  });
});
