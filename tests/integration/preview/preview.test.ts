import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Digest } from "../../../operations/preview/digest.ts";
import { boardSeen } from "../../support/github/boards.ts";
import { type SandboxStatus, TestSandbox } from "../../support/engine/sandbox.ts";
import { githubOf } from "../../support/github/sandboxGithub.ts";
import { ProjectCopy, violatingProgram } from "../../support/engine/projectCopy.ts";

interface Thread {
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly body: string;
}

const repository = "bto-labs/gwa-test-app";
const canary = "canary-of-the-preview-4711";

describe("previews, drift and policies on a sandbox", () => {
  let sandbox: TestSandbox;
  let status: SandboxStatus;
  let project: ProjectCopy;
  before(async () => {
    sandbox = await TestSandbox.create();
    await sandbox.operate("up");
    status = await sandbox.status();
    project = await ProjectCopy.create(status);
  });
  after(async () => {
    await project.close();
    await sandbox.close();
  });

  async function github<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${status.githubUrl}/api/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${status.githubToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${String(answer.status)}`);
    return (await answer.json()) as T;
  }
  const set = async (...args: string[]) => {
    const { code, stderr } = await project.pulumi("config", "set", ...args);
    assert.equal(code, 0, stderr);
  };

  test("nothing is drifted and nothing to change after up", async () => {
    const drift = await project.operate("drift", "--json");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
    assert.equal((JSON.parse(drift.stdout) as { clean: boolean }).clean, true);
    const preview = await project.operate("preview", "--expect-no-changes");
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
  });

  test("the program keeps every policy", async (t) => {
    if (status.languageHost === null)
      return t.skip("policy packs need pulumi-language-nodejs, which is not here");
    const { code, stdout, stderr } = await project.operate("preview", "--policies", "--expect-no-changes");
    assert.equal(code, 0, stdout + stderr);
  });

  test("a program that breaks every policy is stopped, each by its name, and no secret is repeated", async (t) => {
    if (status.languageHost === null)
      return t.skip("policy packs need pulumi-language-nodejs, which is not here");
    if (Object.values(status.plugins).includes("stand-in"))
      return t.skip("the stand-ins make this program's kinds in their own sandbox only");
    const { code, stdout, stderr } = await project.violating(violatingProgram(status.githubUrl));
    const output = stdout + stderr;
    assert.notEqual(code, 0, output);
    const told = [
      "no-plain-secret",
      "no-copied-secret",
      "secured-webhook",
      "protected-data",
      "bounded-workload",
    ];
    for (const policy of told) assert.match(output, new RegExp(`\\[mandatory\\] +${policy} `), output);
    assert.doesNotMatch(output, /hunter2|s3cret-copied/);
  });

  test("a changed setting and a new migration each appear once, ranked, as JSON and in one comment", async () => {
    await set("mesh-six:dashboardReplicas", "2");
    await set("--path", "mesh-six:secretValues.github-secret.token", canary, "--secret");
    await project.write(
      "migrations/005_canary.sql",
      `CREATE INDEX idx_canary ON agent_task_history (duration_ms);\nCOMMENT ON TABLE agent_task_history IS '${canary}';\n`,
    );
    const { number } = await github<Thread>("POST", `/repos/${repository}/issues`, {
      title: "A pull request",
    });
    const thread = `${repository}#${String(number)}`;

    const first = await project.operate("preview", "--json", "--comment", thread);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const digest = JSON.parse(first.stdout) as Digest;
    const names = digest.changes.map(({ type, name }) => `${type.split(":").pop() ?? ""} ${name}`);
    assert.equal(new Set(names).size, names.length, names.join(", "));
    const deployment = digest.changes.find(({ type }) => type.endsWith(":Deployment"));
    assert.deepEqual(deployment?.properties, [{ path: "spec.replicas", kind: "update", from: "1", to: "2" }]);
    assert.ok(names.includes("Secret github-secret"), names.join(", "));
    assert.deepEqual(
      digest.sql.map(({ file, risk }) => [file, risk]),
      [["005_canary.sql", "lock"]],
    );

    await project.remove("migrations/005_canary.sql");
    const second = await project.operate("preview", "--comment", thread);
    assert.equal(second.code, 0, second.stdout + second.stderr);
    const comments = await github<Thread[]>("GET", `/repos/${repository}/issues/${String(number)}/comments`);
    assert.equal(comments.length, 1, "the second run edits the comment of the first");
    const body = comments[0]?.body ?? "";
    assert.match(body, /replicas/);
    assert.doesNotMatch(body, /005_canary/);
    for (const output of [first, second]) {
      for (const secret of [canary, Buffer.from(canary).toString("base64"), status.githubToken]) {
        assert.ok(!`${output.stdout}${output.stderr}${body}`.includes(secret), "a secret is shown");
      }
    }
  });

  test("drift of every kind is named, kept as one issue, and gone with the issue after up", async () => {
    await sandbox.operate("up");
    const hand = '[{"op":"replace","path":"/spec/routes/0/match","value":"Host(`by.hand.example`)"}]';
    await sandbox.kubectl("patch", "ingressroute", "dashboard", "-n", "mesh-six", "--type=json", "-p", hand);
    await sandbox.kubectl("delete", "service", "dashboard", "-n", "mesh-six");
    await sandbox.rows("UPDATE repo_registry SET trigger_method = 'by-hand'");
    const [last] = await sandbox.rows<{ name: string }>(
      "SELECT max(inhrelid::regclass::text) AS name FROM pg_inherits WHERE inhparent = 'mesh_six_events'::regclass",
    );
    await sandbox.rows(`DROP TABLE ${last?.name ?? ""}`);
    await sandbox.rows("ALTER TABLE agent_task_history RENAME TO by_hand");
    await sandbox.rows("DELETE FROM _migrations WHERE name LIKE '002%'");
    const [hook] = await github<{ id: number }[]>("GET", "/orgs/bto-labs/hooks");
    await github("PATCH", `/orgs/bto-labs/hooks/${String(hook?.id)}`, { active: false });
    const people = await githubOf(sandbox);
    const { fields } = await boardSeen(people, "gwa-test-app Workflow");
    const priority = fields.nodes.find(({ name }) => name === "Priority");
    const options = (priority?.options ?? []).map((option) => ({ ...option, color: "PINK" }));
    await people.graphql(
      "mutation ($input: UpdateProjectV2FieldInput!) { updateProjectV2Field(input: $input) { clientMutationId } }",
      { input: { fieldId: priority?.id, singleSelectOptions: options } },
    );

    const names: string[] = [];
    for (const save of ["--no-save", "--save"]) {
      const { code, stdout, stderr } = await project.operate("drift", "--json", save, "--issue", repository);
      assert.equal(code, 1, stdout + stderr);
      const { drifted, saved } = JSON.parse(stdout) as { drifted: Digest["changes"]; saved: boolean };
      assert.equal(saved, save === "--save");
      names.push(...drifted.map(({ type, name }) => `${type.split(":").pop() ?? ""} ${name}`));
      const of = (name: string) => drifted.find((change) => change.name === name);
      // Where the board differs too, its ids are known only after the update.
      assert.deepEqual(
        of("registry-rows")?.properties.flatMap(({ path }) => (/Id/.test(path) ? [] : [path])),
        ["rows.gwa-test-app.triggerMethod"],
      );
      assert.deepEqual(
        of("event-partitions")?.properties.map(({ path }) => path),
        [`partitions.${last?.name ?? ""}`],
      );
      assert.match(of("migrations")?.notes.join() ?? "", /^002_repo_registry\.sql is missing in _migrations/);
    }
    const stray = join(project.directory, "Pulumi.sandbox.yaml");
    assert.equal(existsSync(stray), false, "the stack's settings are elsewhere");
    for (const expected of [
      "IngressRoute dashboard-route",
      "Service dashboard",
      "RegistryRows registry-rows",
      "EventPartitions event-partitions",
      "Migrations migrations",
      "relation agent_task_history",
      "OrganizationWebhook webhook-organization",
      "ProjectBoard gwa-test-app-board",
    ]) {
      assert.equal(names.filter((name) => name === expected).length, 2, `${expected} in ${names.join(", ")}`);
    }
    const issues = () => github<Thread[]>("GET", `/repos/${repository}/issues?state=all`);
    const drift = (await issues()).filter(({ title }) => title.startsWith("Drift"));
    assert.deepEqual(
      drift.map(({ state }) => state),
      ["open"],
    );

    // Without a refresh of its own: the state knows what was seen.
    await sandbox.operate("up");
    const lost = await project.operate("drift");
    assert.equal(lost.code, 1, "a table that is gone stays gone");
    assert.match(
      lost.stdout,
      /^gone +relation agent_task_history +restore it by a new migration: no update does$/m,
    );
    assert.doesNotMatch(lost.stdout, /To put it right/);
    await sandbox.rows("ALTER TABLE by_hand RENAME TO agent_task_history");
    const clean = await project.operate("drift", "--issue", repository);
    assert.equal(clean.code, 0, clean.stdout + clean.stderr);
    const closed = (await issues()).filter(({ title }) => title.startsWith("Drift"));
    assert.deepEqual(
      closed.map(({ state }) => state),
      ["closed"],
    );
  });

  test("says trouble, not drift, when the stack cannot be read", async () => {
    const { code, stderr } = await project.run(process.execPath, [
      `${project.directory}/operations/drift.ts`,
      "--stack",
      "nobody",
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /nobody/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});
