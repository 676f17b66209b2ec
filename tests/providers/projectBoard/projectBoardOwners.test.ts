import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { check, create, delete as remove, diff, update } from "../../../providers/projectBoard/provider.ts";
import {
  addBoard,
  addCards,
  boardInputs,
  boardSeen,
  boardsSeen,
  editOptions,
  statuses,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("a board by its owner:", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  /** The lines that were printed, without the board's address. */
  const said = (calls: readonly { readonly arguments: readonly unknown[] }[]) =>
    calls.map(({ arguments: [line] }) => String(line).replace(/^board \S+, /, ""));

  const reasons = async (inputs: Awaited<ReturnType<typeof boardInputs>>) =>
    (await check({}, inputs)).failures.map(({ reason }) => reason).join("\n");

  test("a person's board is refused before anything is made, with the reason", async () => {
    const inputs = { ...(await boardInputs(github, "personal")), owner: "person" };
    assert.match(await reasons(inputs), /expected an organization, got a user; .*organization webhooks only/);
    assert.deepEqual(await boardsSeen(github), []);
  });

  test("one of people's with that title is refused by number and address, and not touched", async () => {
    const inputs = await boardInputs(github, "theirs");
    await addBoard(github, inputs.title);
    await addCards(github, await boardSeen(github, inputs.title), 9);
    const before = await boardSeen(github, inputs.title);
    assert.match(
      await reasons(inputs),
      /bto-labs has #\d+ \(http.*which this program did not make; set adopt/,
    );
    await assert.rejects(create(inputs), /which this program did not make/);
    assert.deepEqual(await boardSeen(github, inputs.title), before);
  });

  test("people's board is taken over with adopt: title, texts, visibility and every card's status stay people's", async () => {
    const inputs = { ...(await boardInputs(github, "theirs-too")), title: "theirs Workflow", adopt: true };
    const before = await boardSeen(github, inputs.title);
    assert.equal(await reasons(inputs), "");
    const { id, outs } = await create(inputs);
    const after = await boardSeen(github, inputs.title);
    assert.equal(id, before.id);
    assert.equal(outs.adopted, true);
    assert.equal(after.shortDescription, before.shortDescription);
    assert.equal(after.public, before.public);
    assert.deepEqual(statuses(after), statuses(before));
    // Another title in the settings does not rename people's board either.
    const renamed = { ...inputs, title: "ours", shortDescription: "ours" };
    assert.equal((await diff(id, outs, renamed)).changes, false);
    await update(id, outs, renamed);
    assert.equal((await boardSeen(github, before.title)).id, before.id);
  });

  test("people's board has each change of its take-over named by the preview, also of options' words and colours", async (t) => {
    const title = "worded Workflow";
    await addBoard(github, title);
    await editOptions(github, await boardSeen(github, title), "Status", () => [
      { name: "done", color: "GREEN", description: "Shipped to customers" },
      { name: "Todo", color: "PINK", description: "" },
    ]);
    const inputs = await boardInputs(github, "worded", {
      adopt: true,
      statusOptions: ["Todo", "Done", "QA"].map((name) => ({ name, color: "GREEN", description: "" })),
    });
    const told = t.mock.method(console, "log", () => undefined);
    assert.equal(await reasons(inputs), "");
    const lines = said(told.mock.calls);
    told.mock.restore();
    const option = (text: string) => `which people made: field Status: the option ${text}`;
    assert.deepEqual(lines, [
      'which people made: the field "Session ID" is added',
      'which people made: the field "Priority" is added',
      "which people made: it is linked to the repository",
      "which people made: a comment that names this program is put at the end of its readme",
      'which people made: the view "Board" is added',
      option('"QA" is added'),
      option('"Todo" gets the colour GREEN, not PINK'),
      option('"done" becomes "Done"'),
      option('"done" loses its description "Shipped to customers"'),
      "which people made: field Status: its options get another order",
    ]);
    const { outs } = await create(inputs);
    const again = t.mock.method(console, "log", () => undefined);
    assert.equal((await diff(outs.projectId, outs, inputs)).changes, false);
    assert.deepEqual(again.mock.calls, []);
  });

  test("people's board is refused by the preview where cards would lose their status, with the counts", async (t) => {
    const title = "iced Workflow";
    await addBoard(github, title);
    await editOptions(github, await boardSeen(github, title), "Status", (options) => [
      ...options,
      { name: "Ice box", color: "PINK", description: "" },
    ]);
    await addCards(github, await boardSeen(github, title), 8);
    await editOptions(github, await boardSeen(github, title), "Status", (options) => [
      ...options,
      { name: "Attic", color: "GRAY", description: "" },
    ]);
    const before = await boardSeen(github, title);
    const inputs = await boardInputs(github, "iced", { adopt: true });
    assert.match(await reasons(inputs), /refused to drop options in use: "Ice box" holds 2 cards/);
    assert.deepEqual(await boardSeen(github, title), before);

    const moved = { ...inputs, statusMoves: { "Ice box": "Blocked" } };
    const told = t.mock.method(console, "log", () => undefined);
    assert.equal(await reasons(moved), "");
    assert.deepEqual(
      said(told.mock.calls).filter((line) => line.includes(" goes; ")),
      [
        'field Status: the option "Ice box" goes; 2 cards of it to be moved to "Blocked"',
        'field Status: the option "Attic" goes; no card is on it',
      ],
    );
    told.mock.restore();
    await create(moved);
    const status = (name: string | null) => (name === "Ice box" ? "Blocked" : name);
    assert.deepEqual(
      statuses(await boardSeen(github, title)),
      new Map([...statuses(before)].map(([card, name]) => [card, status(name)])),
    );
  });

  test("another stack's board, which this one took over with its repository, stays when this one ends", async () => {
    const inputs = await boardInputs(github, "of-two", { deleteOnDestroy: true });
    const { id } = await create(inputs);
    await addCards(github, await boardSeen(github, inputs.title), 5);
    const before = await boardSeen(github, inputs.title);
    const second = await create({ ...inputs, adopt: true });
    await remove(second.id, second.outs);
    assert.deepEqual([second.id, await boardSeen(github, inputs.title)], [id, before]);
  });

  test("one that this program made for another repository is not taken over, with the reason", async () => {
    const first = await boardInputs(github, "first", { title: "Shared" });
    await create(first);
    const before = await boardSeen(github, "Shared");
    for (const adopt of [false, true]) {
      const second = await boardInputs(github, `second-${String(adopt)}`, { title: "Shared", adopt });
      const { failures } = await check({}, second);
      assert.match(
        failures[0]?.reason ?? "",
        /which this program made for bto-labs\/first; choose another title/,
      );
    }
    assert.deepEqual(await boardSeen(github, "Shared"), before);
  });

  test("the receiver's board is another one: the preview says so once, and no board changes", async (t) => {
    const inputs = await boardInputs(github, "listens", { receiver: "listens" });
    const { id, outs } = await create(inputs);
    const news = { ...inputs, receiver: "other" };
    const told = t.mock.method(console, "log", () => undefined);
    await check(inputs, inputs);
    await check(inputs, news);
    await check({ ...inputs, repository: "bto-labs/other" }, news);
    // A state of before does not say who listened.
    const { receiver, ...before } = inputs;
    assert.equal(receiver, "listens");
    await check(before, inputs);
    assert.deepEqual(
      told.mock.calls.map(({ arguments: [line] }) => String(line)),
      [
        "receiver: it gets the ids of the board of other from now on, and no longer those of listens; to keep them: pulumi config set mesh-six:receiverBoard listens",
      ],
    );
    assert.equal((await diff(id, outs, news)).changes, false);
  });

  test("two with our marker are an error that names both, and none is chosen", async () => {
    const inputs = await boardInputs(github, "twice");
    const { id } = await create(inputs);
    const { readme } = await boardSeen(github, inputs.title);
    await addBoard(github, "a copy");
    const copy = await boardSeen(github, "a copy");
    await github.graphql(
      "mutation ($input: UpdateProjectV2Input!) { updateProjectV2(input: $input) { clientMutationId } }",
      { input: { projectId: copy.id, readme } },
    );
    await assert.rejects(create(inputs), /expected one board with our marker, got #\d+ .* and #\d+ /);
    assert.equal((await boardSeen(github, inputs.title)).id, id);
  });
});
