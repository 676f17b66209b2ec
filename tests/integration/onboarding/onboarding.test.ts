import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { templateFiles } from "../../../providers/repositoryContents/template.ts";
import {
  addBoard,
  addCards,
  boardSeen,
  boardsSeen,
  optionNames,
  statuses,
} from "../../support/github/boards.ts";
import { clusterOf, eventually, type TestCluster } from "../../support/cluster/cluster.ts";
import { contentsSeen } from "../../support/github/contents.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import {
  askedBy,
  changeSettings,
  entriesOf,
  githubOf,
  hooksOf,
  refused,
  repositorySeen,
  type SandboxGitHub,
} from "../../support/github/sandboxGithub.ts";
import { environmentOf, workload } from "../../support/cluster/workloads.ts";

/* One entry in the settings, then more of them, through the real engine. */
let sandbox: TestSandbox;
let github: SandboxGitHub;
let cluster: TestCluster;

before(async () => {
  sandbox = await TestSandbox.create();
  // Starts the services and writes nothing.
  await sandbox.operate("preview");
  github = await githubOf(sandbox);
  const { kubectl, kubeconfig } = await sandbox.status();
  cluster = clusterOf([kubectl], kubeconfig);
  await github.requests();
});
after(() => sandbox.close());

const more = Array.from({ length: 9 }, (_, i) => ({ name: `app-${i}` }));

const isOurs = ({ userAgent }: { readonly userAgent: string | undefined }) => userAgent === "mesh-six-infra";

async function boardsRead(): Promise<number> {
  const asked = await askedBy(github, () => sandbox.operate("refresh", "--expect-no-changes"));
  return asked.filter((request) => request.includes("ReadBoard")).length;
}

test("one entry becomes repository, contents, tag, board, webhook, row and the receiver's ids", async () => {
  await sandbox.operate("up");
  const asked = (await github.requests()).filter(isOurs);
  assert.ok(asked.length <= 9, `${asked.length} requests of our own code`);

  const seen = await contentsSeen(github, "bto-labs/gwa-test-app");
  assert.equal(seen.commits.length, 2, "auto_init's commit and ours");
  assert.equal(seen.tag, seen.commits[0]);
  seen.files.delete("README.md");
  const template = templateFiles("templates/gwa-test-app").map(({ path, oid }) => [path, oid] as const);
  assert.deepEqual(new Map([...seen.files].sort()), new Map(template));

  const board = await boardSeen(github, "gwa-test-app Workflow");
  const options = ["Todo", "Planning", "In Progress", "QA", "Review", "Done", "Blocked"];
  assert.deepEqual(optionNames(board, "Status"), options);
  assert.deepEqual(optionNames(board, "Priority"), ["Critical", "High", "Medium", "Low"]);
  const fields = new Map(board.fields.nodes.map(({ name, id }) => [name, id]));
  for (const name of ["Session ID", "Pod Name", "Workflow ID"]) assert.ok(fields.has(name), name);
  assert.deepEqual(board.repositories.nodes, [{ nameWithOwner: "bto-labs/gwa-test-app" }]);
  assert.equal((await boardsSeen(github)).length, 1);

  const [hook, ...others] = await hooksOf(github);
  assert.equal(others.length, 0);
  assert.deepEqual(hook?.events, ["projects_v2_item"]);
  const { url, content_type, insecure_ssl } = hook.config;
  assert.deepEqual(
    [url, content_type, insecure_ssl],
    ["https://mesh-six.bto.bar/webhooks/github", "json", "0"],
  );
  const ping = { event: "ping", path: "/webhooks/github", signature: "valid" };
  assert.deepEqual(
    (await github.deliveries()).map(({ event, path, signature }) => ({
      event,
      path,
      signature,
    })),
    [ping],
  );

  const [row] = await sandbox.rows<{
    board_id: string;
    metadata: { projectFieldIds: object };
  }>("SELECT * FROM repo_registry");
  assert.equal(row?.board_id, board.id);
  assert.deepEqual(row.metadata.projectFieldIds, {
    status: fields.get("Status"),
    sessionId: fields.get("Session ID"),
    podName: fields.get("Pod Name"),
    workflowId: fields.get("Workflow ID"),
    priority: fields.get("Priority"),
  });

  for (const deployment of ["webhook-receiver", "project-manager"]) {
    const variables = await environmentOf(cluster, deployment);
    assert.equal(variables.get("GITHUB_PROJECT_ID")?.value, board.id, deployment);
    assert.equal(variables.get("GITHUB_STATUS_FIELD_ID")?.value, fields.get("Status"), deployment);
  }
  assert.deepEqual((await environmentOf(cluster, "project-manager")).get("DATABASE_URL")?.valueFrom, {
    secretKeyRef: { name: "postgres-secret", key: "url" },
  });
});

test("up again changes nothing and asks GitHub nothing", async () => {
  assert.deepEqual(await askedBy(github, () => sandbox.operate("up", "--expect-no-changes")), []);
});

test("a refresh reads each board once", async () => {
  assert.deepEqual(await boardsRead(), 1);
});

test("ten entries are ten boards and rows and one webhook, and the first stays as it is", async () => {
  const first = await boardSeen(github, "gwa-test-app Workflow");
  const rowOfFirst = () => sandbox.rows("SELECT *, xmin FROM repo_registry ORDER BY created_at LIMIT 1");
  const row = await rowOfFirst();
  changeSettings(sandbox, { repositories: [...entriesOf(sandbox), ...more] });
  const { steps } = await sandbox.operate("up");
  // The rows are one resource, to which new ones are added.
  const others = steps.filter(({ type }) => !/^pulumi:|mesh-six:RegistryRows$/.test(type));
  assert.ok(others.every(({ operation }) => ["create", "same"].includes(operation)));
  assert.deepEqual(await rowOfFirst(), row);
  assert.equal((await boardsSeen(github)).length, 10);
  assert.equal((await hooksOf(github)).length, 1);
  const [{ count }] = (await sandbox.rows<{ count: string }>(
    "SELECT count(DISTINCT board_id) FROM repo_registry",
  )) as [{ count: string }];
  assert.equal(Number(count), 10);
  assert.deepEqual(await boardSeen(github, "gwa-test-app Workflow"), first);

  assert.deepEqual(await askedBy(github, () => sandbox.operate("up", "--expect-no-changes")), []);
  assert.equal(await boardsRead(), 10);
});

test("a repository and a board that are people's are refused by name and stay untouched", async () => {
  await github.rest("POST", "/orgs/bto-labs/repos", {
    name: "theirs",
    auto_init: true,
    description: "Ours",
  });
  await github.rest("PUT", "/repos/bto-labs/theirs/contents/package.json", {
    message: "people wrote it",
    content: Buffer.from("{}\n").toString("base64"),
  });
  await addBoard(github, "theirs Workflow");
  await addCards(github, await boardSeen(github, "theirs Workflow"), 6);
  const before = await repositorySeen(github, "theirs");
  changeSettings(sandbox, {
    repositories: [...entriesOf(sandbox), { name: "theirs", template: "gwa-test-app" }],
  });
  assert.match(await refused(sandbox, "up"), /repository theirs: expected none, got one .*; .* set adopt/);
  // The repository has not become ours by having been in the way once.
  assert.match(await refused(sandbox, "up"), /repository theirs: expected none, got one .*; .* set adopt/);
  assert.deepEqual(await repositorySeen(github, "theirs"), before);
});

test("with adopt they are taken over, and what people made of them stays", async () => {
  const before = await repositorySeen(github, "theirs");
  const entry = { name: "theirs", template: "gwa-test-app", adopt: true };
  changeSettings(sandbox, { repositories: [...entriesOf(sandbox).slice(0, -1), entry] });
  await sandbox.operate("up");
  const after = await repositorySeen(github, "theirs");
  assert.deepEqual(after.repository, before.repository);
  assert.equal(after.contents.files.get("package.json"), before.contents.files.get("package.json"));
  assert.ok(after.contents.files.has("src/index.ts"));
  assert.equal(after.board.id, before.board.id);
  assert.equal(after.board.title, before.board.title);
  assert.deepEqual(statuses(after.board), statuses(before.board));
  assert.equal(optionNames(after.board, "Status").length, 7);
  await sandbox.operate("up", "--expect-no-changes");
});

test("a webhook of that address that is people's is refused, also at the second attempt, and adopted by its number", async () => {
  changeSettings(sandbox, { githubWebhook: "false" });
  await sandbox.operate("up");
  assert.deepEqual(await hooksOf(github), []);
  const config = {
    url: "https://mesh-six.bto.bar/webhooks/github",
    content_type: "json",
    secret: "theirs",
  };
  await github.rest("POST", "/orgs/bto-labs/hooks", {
    name: "web",
    events: ["projects_v2_item"],
    config,
  });
  const before = await hooksOf(github);
  changeSettings(sandbox, { githubWebhook: "true" });
  assert.match(await refused(sandbox, "up"), /npm run recover .*; to take over another.s: .*githubWebhookId/);
  assert.match(await refused(sandbox, "up"), /npm run recover .*; to take over another.s: .*githubWebhookId/);
  assert.deepEqual(await hooksOf(github), before);

  changeSettings(sandbox, { githubWebhookId: String(before[0]?.id) });
  await sandbox.operate("up");
  assert.deepEqual(
    (await hooksOf(github)).map(({ id }) => id),
    before.map(({ id }) => id),
  );
  assert.equal(await nextSignature(), "valid");
  await sandbox.operate("up", "--expect-no-changes");
});

test("a new webhook secret takes one up: deliveries verify with it, and the receiver's pods have started again", async () => {
  const secretNow = async () =>
    (await sandbox.object("secret", "github-webhook-secret", "-n", "mesh-six")).data?.["secret"];
  const pods = async () => {
    const selector = ["-l", "app=webhook-receiver", "-n", "mesh-six"];
    return (await sandbox.object("pods", ...selector)).items?.map(({ metadata }) => metadata.uid) ?? [];
  };
  const checksum = async () => {
    const { spec } = await workload(cluster, "webhook-receiver");
    return spec.template.metadata.annotations["mesh-six/github-webhook-secret"];
  };
  const before = [await secretNow(), await checksum()];
  const podsBefore = await pods();
  assert.equal(podsBefore.length, 1);
  changeSettings(sandbox, { "secrets.github-webhook-secret": { length: 48 } });
  await sandbox.operate("up");
  assert.notEqual(await secretNow(), before[0]);
  assert.notEqual(await checksum(), before[1]);
  assert.equal(await nextSignature(), "valid");
  await eventually("the receiver's pod is another one", async () => {
    const now = await pods();
    return now.length === 1 && now[0] !== podsBefore[0] ? now : undefined;
  });
  await sandbox.operate("up", "--expect-no-changes");
});

/** The receiver's judgement of the next delivery. */
async function nextSignature(): Promise<string | undefined> {
  const before = (await github.deliveries()).length;
  await addCards(github, await boardSeen(github, "gwa-test-app Workflow"), 1);
  const [first] = (await github.deliveries()).slice(before);
  assert.equal(first?.event, "projects_v2_item");
  return first.signature;
}
