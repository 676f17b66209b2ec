import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { boardsSeen, statuses } from "../../support/github/boards.ts";
import { madeOrGone, type TestSandbox } from "../../support/engine/sandbox.ts";
import { sandboxInUse } from "../../support/github/onboarded.ts";
import {
  changeSettings,
  type Hook,
  refused,
  type SandboxGitHub,
} from "../../support/github/sandboxGithub.ts";

/* The organization gets another name by its owners: all that the stack has there stays, as the same. */

let sandbox: TestSandbox;
let github: SandboxGitHub;

before(async () => {
  ({ sandbox, github } = await sandboxInUse());
});
after(() => sandbox.close());

/** All that a rename must not change: ids, names, cards, commits and rows. */
async function seen(organization: string) {
  const repositories = await github.rest<readonly { name: string; node_id: string }[]>(
    "GET",
    `/orgs/${organization}/repos`,
  );
  const commits = await github.rest<readonly { sha: string }[]>(
    "GET",
    `/repos/${organization}/gwa-test-app/commits`,
  );
  const hooks = await github.rest<readonly Hook[]>("GET", `/orgs/${organization}/hooks`);
  const boards = await boardsSeen(github, organization);
  return {
    repositories: repositories.map(({ name, node_id }) => [name, node_id]),
    commits: commits.map(({ sha }) => sha),
    hooks: hooks.map(({ id }) => id),
    boards: boards.map((board) => [board.id, board.title, statuses(board)]),
    rows: await sandbox.rows("SELECT service_name, board_id, created_at FROM repo_registry ORDER BY 1"),
  };
}

const addresses = () => sandbox.rows<{ repo_url: string }>("SELECT repo_url FROM repo_registry");

let organization = "bto-labs";
for (const githubRetain of [true, false])
  test(`the organization gets another name, with githubRetain ${String(githubRetain)}`, async () => {
    changeSettings(sandbox, { githubRetain });
    await sandbox.operate("up");
    const before = await seen(organization);
    const to = `bto-works-${String(githubRetain)}`;
    await github.renameOrganization(organization, to);
    organization = to;

    // The settings still name the old one, of which GitHub knows nothing.
    for (const operation of ["preview", "up"])
      assert.deepEqual(madeOrGone(await sandbox.operate(operation)), []);
    assert.match(await refused(sandbox, "refresh"), /in the context of an organization, "bto-\S+" is a user/);
    assert.deepEqual(await seen(organization), before);

    changeSettings(sandbox, { githubOrganization: organization });
    assert.deepEqual(madeOrGone(await sandbox.operate("preview")), []);
    assert.deepEqual(madeOrGone(await sandbox.operate("up")), []);
    assert.deepEqual(await seen(organization), before);
    assert.match((await addresses())[0]?.repo_url ?? "", new RegExp(`/${organization}/gwa-test-app$`));
    await sandbox.operate("up", "--refresh", "--expect-no-changes");
    assert.deepEqual(await seen(organization), before);
  });

test("a webhook that a refresh was not shown is the stack's again after the next up, as the same", async () => {
  const before = await seen(organization);
  const path = `^/orgs/${organization}/hooks/\\d+$`;
  const fault = {
    match: { method: "GET", path },
    times: 9,
    action: { kind: "status", status: 404 },
  } as const;
  await github.faults([fault]);
  await sandbox.operate("refresh");
  await github.faults([]);
  assert.deepEqual(madeOrGone(await sandbox.operate("up")), []);
  assert.deepEqual(await seen(organization), before);
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});
