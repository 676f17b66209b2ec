import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
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
  markAsBefore,
  statuses,
} from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

/* Names change, ids do not. */

describe("a board whose repository was renamed by hand", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  test("is changed by an up that knows nothing of it, and stays linked", async () => {
    const inputs = await boardInputs(github, "old-name");
    const { id, outs } = await create(inputs);
    await github.rest("PATCH", "/repos/bto-labs/old-name", { name: "new-name" });
    const seen = await read(id, outs);
    assert.deepEqual(seen, { id, props: outs });
    const { outs: updated } = await update(id, outs, { ...inputs, shortDescription: "other" });
    assert.equal(updated.linked, true);
    const board = await boardSeen(github, inputs.title);
    assert.equal(board.shortDescription, "other");
    assert.deepEqual(board.repositories.nodes, [{ nameWithOwner: "bto-labs/new-name" }]);
  });

  test("stays, and keeps its repository's name from being deleted, once people made another of that name", async () => {
    const inputs = await boardInputs(github, "given-up", { deleteOnDestroy: true });
    const { id, outs } = await create(inputs);
    await github.rest("PATCH", "/repos/bto-labs/given-up", { name: "moved-on" });
    await boardInputs(github, "given-up");
    await assert.rejects(remove(id, outs), /before it is deleted, got another of that name/);
    assert.equal((await boardSeen(github, inputs.title)).id, id);
  });

  test("is found by the repository's id under its new name, also by a marker of before", async () => {
    for (const marker of ["of today", "of before"]) {
      const inputs = await boardInputs(github, `first-${marker.replace(" ", "-")}`, { title: `T ${marker}` });
      const { id } = await create(inputs);
      if (marker === "of before")
        await markAsBefore(github, await boardSeen(github, inputs.title), inputs.repository);
      const name = `second-${marker.replace(" ", "-")}`;
      await github.rest("PATCH", `/repos/${inputs.repository}`, { name });
      const news = { ...inputs, repository: `bto-labs/${name}` };
      assert.deepEqual((await check({}, news)).failures, []);
      const again = await create(news);
      assert.deepEqual([again.id, again.outs.adopted], [id, false]);
      assert.match(
        (await boardSeen(github, inputs.title)).readme ?? "",
        new RegExp(`board of bto-labs/${name},`),
      );
    }
  });

  test("is not taken for that of a new repository with the old name", async () => {
    const inputs = await boardInputs(github, "was-first");
    const { id } = await create(inputs);
    await github.rest("PATCH", "/repos/bto-labs/was-first", { name: "was-first-moved" });
    const other = await boardInputs(github, "was-first", { title: "Another" });
    assert.notEqual((await create(other)).id, id);
    assert.equal((await boardSeen(github, inputs.title)).id, id);
  });
});

describe("a board whose organization was renamed", () => {
  for (const deleteOnDestroy of [false, true]) {
    test(`is updated and not replaced, with deleteOnDestroy ${String(deleteOnDestroy)}`, async () => {
      const github = await testGitHub();
      try {
        const inputs = await boardInputs(github, "app", { deleteOnDestroy });
        const { id, outs } = await create(inputs);
        await addCards(github, await boardSeen(github, inputs.title), 7);
        const before = await boardSeen(github, inputs.title);
        await github.renameOrganization("bto-labs", "bto-works");
        const news = { ...inputs, owner: "bto-works", repository: "bto-works/app" };
        assert.deepEqual((await check(inputs, news)).failures, []);
        const { changes, replaces } = await diff(id, outs, news);
        assert.deepEqual([changes, replaces], [true, []]);
        const { outs: updated } = await update(id, outs, news);
        assert.equal((await diff(id, updated, news)).changes, false);
        const [after, ...more] = await boardsSeen(github, "bto-works");
        assert.ok(after);
        assert.deepEqual([more, after.id, statuses(after)], [[], id, statuses(before)]);
        // A state that still has it all under the old name deletes neither board nor repository as "the original".
        if (deleteOnDestroy)
          await assert.rejects(remove(id, outs), /got bto-works\/app, to which GitHub leads/);
        await remove(id, { ...outs, keepsRepository: true });
        assert.equal((await boardsSeen(github, "bto-works")).length, 1);
      } finally {
        await github.close();
      }
    });
  }

  test("is the same in a stack that has no state of it", async () => {
    const github = await testGitHub();
    try {
      const inputs = await boardInputs(github, "app");
      const { id } = await create(inputs);
      await github.renameOrganization("bto-labs", "bto-works");
      const again = await create({ ...inputs, owner: "bto-works", repository: "bto-works/app" });
      assert.equal(again.id, id);
    } finally {
      await github.close();
    }
  });
});
