import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { boardsSeen, statuses } from "../../support/github/boards.ts";
import { madeOrGone, type TestSandbox } from "../../support/engine/sandbox.ts";
import { sandboxInUse } from "../../support/github/onboarded.ts";
import {
  changeSettings,
  entriesOf,
  type Entry,
  refused,
  type SandboxGitHub,
} from "../../support/github/sandboxGithub.ts";

/* Another name in the settings: repository, board and row are the same ones. */

let sandbox: TestSandbox;
let github: SandboxGitHub;
let entry: Entry;

before(async () => {
  ({ sandbox, github } = await sandboxInUse());
  [entry] = entriesOf(sandbox) as [Entry];
  await sandbox.rows(
    `UPDATE repo_registry SET metadata = metadata || '{"theirs": 1}' WHERE service_name = 'gwa-test-app'`,
  );
});
after(() => sandbox.close());

/** All that a rename must not change: ids, cards, commits, and what others keep in the row. */
async function seen() {
  const repositories = await github.rest<readonly { name: string; node_id: string }[]>(
    "GET",
    "/orgs/bto-labs/repos",
  );
  const boards = await boardsSeen(github);
  return {
    names: repositories.map(({ name }) => name),
    titles: boards.map(({ title }) => title),
    rows: await sandbox.rows<{ service_name: string; repo_url: string }>(
      "SELECT service_name, repo_url FROM repo_registry ORDER BY 1",
    ),
    same: {
      repositories: repositories.map(({ node_id }) => node_id),
      boards: boards.map((board) => [board.id, statuses(board)]),
      theirs: await sandbox.rows(
        "SELECT metadata -> 'theirs' AS theirs, board_id, created_at FROM repo_registry ORDER BY service_name",
      ),
    },
  };
}

for (const githubRetain of [true, false])
  test(`an entry gets another name, with githubRetain ${String(githubRetain)}`, async () => {
    changeSettings(sandbox, { githubRetain });
    await sandbox.operate("up");
    const before = await seen();
    const [from = ""] = before.names;
    const name = `renamed-${String(githubRetain)}`;
    changeSettings(sandbox, { repositories: [{ ...entry, name, renamedFrom: from }] });
    assert.deepEqual(madeOrGone(await sandbox.operate("preview")), []);
    assert.deepEqual(await seen(), before);
    assert.deepEqual(madeOrGone(await sandbox.operate("up")), []);
    const now = await seen();
    assert.deepEqual(now.same, before.same);
    assert.deepEqual([now.names, now.titles], [[name], [`${name} Workflow`]]);
    assert.deepEqual(
      now.rows.map(({ service_name, repo_url }) => [service_name, repo_url.split("/").at(-1)]),
      [[name, name]],
    );
    await sandbox.operate("up", "--refresh", "--expect-no-changes");
    changeSettings(sandbox, { repositories: [{ ...entry, name }] });
    await sandbox.operate("up", "--expect-no-changes");
  });

test("a renamed entry that is to keep its repository by adopt is not taken over again", async () => {
  const before = await seen();
  const [name = ""] = before.names;
  for (const adopt of [true, false]) {
    changeSettings(sandbox, { repositories: [{ ...entry, name, adopt }] });
    assert.deepEqual(madeOrGone(await sandbox.operate("preview")), []);
    assert.deepEqual(madeOrGone(await sandbox.operate("up")), []);
    assert.deepEqual(await seen(), before);
  }
});

test("a name that another repository has is refused by the preview", async () => {
  const before = await seen();
  const [from = ""] = before.names;
  await github.rest("POST", "/orgs/bto-labs/repos", { name: "taken" });
  changeSettings(sandbox, { repositories: [{ ...entry, name: "taken", renamedFrom: from }] });
  assert.match(
    await refused(sandbox, "preview"),
    new RegExp(`repository taken: expected none, since repository ${from} gets this name, got another one`),
  );
  await github.rest("DELETE", "/repos/bto-labs/taken");
  assert.deepEqual(await seen(), before);
});
