import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  addCards,
  boardSeen,
  editOptions,
  mutate,
  optionNames,
  statuses,
  workflow,
} from "../../support/github/boards.ts";
import { contentsSeen } from "../../support/github/contents.ts";
import { TestSandbox, type OperationDocument } from "../../support/engine/sandbox.ts";
import {
  changeSettings,
  entriesOf,
  githubOf,
  type SandboxGitHub,
} from "../../support/github/sandboxGithub.ts";

/* People's changes on GitHub besides the program, through the real engine. */

const title = "gwa-test-app Workflow";

let sandbox: TestSandbox;
let github: SandboxGitHub;

before(async () => {
  sandbox = await TestSandbox.create();
  await sandbox.operate("up");
  github = await githubOf(sandbox);
  await addCards(github, await boardSeen(github, title), 30);
});
after(() => sandbox.close());

/** The updates of resources that an operation does, or would do: `update Repository`. */
function done({ steps }: OperationDocument): string[] {
  return steps
    .filter(({ operation, type }) => operation === "update" && !type.startsWith("pulumi:"))
    .map(({ operation, type }) => `${operation} ${type.split(":").at(-1)}`)
    .sort();
}

test("a board that was closed, and whose field and options were renamed, is seen by a preview and put right", async () => {
  const made = await boardSeen(github, title);
  const status = made.fields.nodes.find(({ name }) => name === "Status");
  const other: Record<string, string> = { QA: "Review", Review: "QA", Done: "Finished" };
  await editOptions(github, made, "Status", (options) =>
    options.map((option) => ({ ...option, name: other[option.name] ?? option.name })),
  );
  await mutate(github, "updateProjectV2Field", { fieldId: status?.id, name: "State" });
  await mutate(github, "updateProjectV2", { projectId: made.id, closed: true, title: "Ours" });

  const before = await boardSeen(github, "Ours");
  assert.ok(done(await sandbox.operate("preview", "--refresh")).includes("update ProjectBoard"));
  assert.deepEqual(await boardSeen(github, "Ours"), before);
  assert.deepEqual(done(await sandbox.operate("up", "--refresh")), ["update ProjectBoard"]);
  assert.deepEqual(await boardSeen(github, title), made);
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});

test("a repository that was renamed and archived is itself again, and there is no second one", async () => {
  const made = await boardSeen(github, title);
  await github.rest("PATCH", "/repos/bto-labs/gwa-test-app", { name: "renamed", archived: true });
  await sandbox.operate("up", "--expect-no-changes");
  await sandbox.operate("up", "--refresh");
  const repositories = await github.rest<readonly { full_name: string; archived: boolean }[]>(
    "GET",
    "/orgs/bto-labs/repos",
  );
  assert.deepEqual(
    repositories.map(({ full_name, archived }) => [full_name, archived]),
    [["bto-labs/gwa-test-app", false]],
  );
  assert.deepEqual(await boardSeen(github, title), made);
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});

test("a repository that was deleted is made and seeded again by an up that looks, and its board keeps its cards", async () => {
  const made = await boardSeen(github, title);
  await github.rest("DELETE", "/repos/bto-labs/gwa-test-app");
  await sandbox.operate("preview", "--refresh");
  await sandbox.operate("up", "--refresh");
  // The marker names the repository's id, and this is another repository of that name.
  const { readme, ...rest } = await boardSeen(github, title);
  const { readme: before, ...kept } = made;
  assert.deepEqual(rest, kept);
  assert.match(readme ?? "", /made by it, repository \S+ -->$/);
  assert.notEqual(readme, before);
  const { tag, commits } = await contentsSeen(github, "bto-labs/gwa-test-app");
  assert.deepEqual([tag, commits.length], [commits[0], 2]);
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});

test("an edit of options in the settings changes the board alone, and each card goes where they say", async () => {
  const before = statuses(await boardSeen(github, title));
  const become: Record<string, string> = { Review: "Reviewing", QA: "Reviewing", Done: "Shipped" };
  const statusOptions = workflow
    .filter(({ name }) => name !== "QA" && name !== "Done")
    .map((option) => ({ ...option, name: become[option.name] ?? option.name }))
    .concat({ name: "Shipped", color: "GREEN", description: "is out" })
    .toReversed();
  const board = {
    statusOptions,
    statusRenames: { Review: "Reviewing" },
    statusMoves: { QA: "Reviewing", Done: "Shipped" },
  };
  const [entry] = entriesOf(sandbox);
  changeSettings(sandbox, { repositories: [{ ...entry, board }] });
  assert.deepEqual(done(await sandbox.operate("up")), ["update ProjectBoard"]);
  const after = await boardSeen(github, title);
  assert.deepEqual(
    optionNames(after, "Status"),
    statusOptions.map(({ name }) => name),
  );
  assert.deepEqual(
    statuses(after),
    new Map([...before].map(([card, status]) => [card, become[status ?? ""] ?? status])),
  );
  await sandbox.operate("up", "--expect-no-changes");
});
