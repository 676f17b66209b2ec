import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  addBoard,
  addCards,
  boardSeen,
  boardsSeen,
  editOptions,
  mutate,
  statuses,
  type Seen,
} from "../../support/github/boards.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import {
  changeSettings,
  githubOf,
  hooksOf,
  refused,
  type SandboxGitHub,
} from "../../support/github/sandboxGithub.ts";

/* The outcome for people's board and ours when entries go, come back and move, through the real engine. */

const theirs = { name: "theirs", adopt: true };
const title = "theirs Workflow";

let sandbox: TestSandbox;
let github: SandboxGitHub;
let made: Seen;

before(async () => {
  sandbox = await TestSandbox.create();
  await sandbox.operate("up");
  github = await githubOf(sandbox);
  await github.rest("POST", "/orgs/bto-labs/repos", { name: "theirs", auto_init: true });
  await addBoard(github, title);
  const { id } = await boardSeen(github, title);
  await mutate(github, "updateProjectV2", {
    projectId: id,
    readme: "People's.",
    shortDescription: "theirs",
    public: true,
  });
  await addCards(github, await boardSeen(github, title), 9);
  made = await boardSeen(github, title);
});
after(() => sandbox.close());

/** Title, texts, visibility and each card's status. */
function peoples({ title, readme, shortDescription, public: isPublic, ...board }: Seen) {
  const text = (readme ?? "").replace(/\n\n<!-- mesh-six-infra [^>]*-->/, "");
  return { title, text, shortDescription, isPublic, statuses: statuses(board as Seen) };
}

const declare = (...repositories: readonly object[]) => changeSettings(sandbox, { repositories });

const registered = () =>
  sandbox.rows<{ service_name: string }>("SELECT service_name FROM repo_registry ORDER BY 1");

test("a repository that people made is refused by the preview where its entry does not adopt it", async () => {
  const own = { name: "gwa-test-app", template: "gwa-test-app" };
  declare(own, { name: "theirs" });
  assert.match(
    await refused(sandbox, "preview"),
    /repository theirs: expected none, .* set adopt in its entry/,
  );
  declare(own);
  await sandbox.operate("preview");
});

test("options of an adopted board that were reordered and renamed by hand break no refresh, and are put right", async () => {
  declare({ name: "gwa-test-app", template: "gwa-test-app" }, theirs);
  await sandbox.operate("up");
  const adopted = await boardSeen(github, title);
  assert.deepEqual(peoples(adopted), peoples(made));
  await editOptions(github, adopted, "Status", (options) =>
    options.toReversed().map((option) => (option.name === "QA" ? { ...option, name: "By hand" } : option)),
  );
  await sandbox.operate("refresh");
  await sandbox.operate("up", "--refresh");
  assert.deepEqual(await boardSeen(github, title), adopted);
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});

test("another order of the list is said to change the receiver's board, and changes no board", async () => {
  const before = await boardsSeen(github);
  declare(theirs, { name: "gwa-test-app", template: "gwa-test-app" });
  const { diagnostics } = await sandbox.operate("preview");
  const said = diagnostics.map(({ message }) => message).join("\n");
  assert.match(said, /the board of theirs from now on, and no longer those of gwa-test-app; .*receiverBoard/);
  assert.deepEqual(await boardsSeen(github), before);
});

test("an entry of people's that goes leaves repository, board and row, and comes back as people's", async () => {
  declare({ name: "gwa-test-app", template: "gwa-test-app" });
  await sandbox.operate("up");
  assert.deepEqual(peoples(await boardSeen(github, title)), peoples(made));
  assert.deepEqual(await registered(), [{ service_name: "gwa-test-app" }, { service_name: "theirs" }]);
  declare({ name: "gwa-test-app", template: "gwa-test-app" }, theirs);
  await sandbox.operate("up");
  assert.deepEqual(peoples(await boardSeen(github, title)), peoples(made));
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});

test("an entry of ours whose repository was renamed by hand is refused to go; by its own name it goes with its row", async () => {
  declare({ name: "gwa-test-app", template: "gwa-test-app" }, theirs, { name: "fleeting" });
  await sandbox.operate("up");
  await github.rest("PATCH", "/repos/bto-labs/fleeting", { name: "kept-by-people" });
  declare({ name: "gwa-test-app", template: "gwa-test-app" }, theirs);
  assert.match(await refused(sandbox, "up"), /expected it under that name .*, got bto-labs\/kept-by-people/);
  const names = async () =>
    (await github.rest<readonly { name: string }[]>("GET", "/orgs/bto-labs/repos")).map(({ name }) => name);
  assert.ok((await names()).includes("kept-by-people"));
  assert.ok((await boardsSeen(github)).some((board) => board.title === "fleeting Workflow"));

  await github.rest("PATCH", "/repos/bto-labs/kept-by-people", { name: "fleeting" });
  await sandbox.operate("up");
  assert.deepEqual((await names()).toSorted(), ["gwa-test-app", "theirs"]);
  assert.ok(!(await boardsSeen(github)).some((board) => board.title === "fleeting Workflow"));
  assert.deepEqual(await registered(), [{ service_name: "gwa-test-app" }, { service_name: "theirs" }]);
});

test("a webhook that was taken over is not deleted once the settings no longer name it", async () => {
  changeSettings(sandbox, { githubWebhook: "false" });
  await sandbox.operate("up");
  const config = { url: "https://mesh-six.bto.bar/webhooks/github", content_type: "json", secret: "theirs" };
  await github.rest("POST", "/orgs/bto-labs/hooks", { name: "web", events: ["projects_v2_item"], config });
  const [hook, ...more] = await hooksOf(github);
  assert.deepEqual(more, []);
  changeSettings(sandbox, { githubWebhook: "true", githubWebhookId: String(hook?.id) });
  await sandbox.operate("up");

  changeSettings(sandbox, { githubWebhookId: "" });
  const { diagnostics } = await sandbox.operate("preview");
  const said = diagnostics.map(({ message }) => message).join("\n");
  assert.match(said, /webhook \d+ of bto-labs: it was taken over, so it stays: a destroy is refused/);
  await sandbox.operate("up");
  changeSettings(sandbox, { githubWebhook: "false" });
  assert.match(
    await refused(sandbox, "up"),
    /expected one that this stack made .* got one that was taken over/,
  );
  assert.deepEqual(
    (await hooksOf(github)).map(({ id }) => id),
    [hook?.id],
  );

  // As the refusal says.
  changeSettings(sandbox, { githubWebhook: "true", githubWebhookId: String(hook?.id) });
  await sandbox.operate("up");
  changeSettings(sandbox, { githubWebhook: "false" });
  await sandbox.operate("up");
  assert.equal((await hooksOf(github)).length, 1);
});
