import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { addCards, boardSeen } from "../../support/github/boards.ts";
import { githubOf, hooksOf } from "../../support/github/sandboxGithub.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";

describe("secrets that are changed while the stack lives", () => {
  let sandbox: TestSandbox;
  before(async () => {
    sandbox = await TestSandbox.create();
    await sandbox.operate("up");
  });
  after(() => sandbox.close());

  /** From now on GitHub knows another token alone, and the settings have it. */
  async function rotateToken(token: string): Promise<void> {
    await sandbox.run(["down"]);
    const file = join(sandbox.directory, "credentials.json");
    const credentials = JSON.parse(readFileSync(file, "utf8")) as { githubToken: string };
    writeFileSync(file, JSON.stringify({ ...credentials, githubToken: token }), { mode: 0o600 });
  }

  test("a refresh, drift and up --refresh use the token of the settings, not that of the last up", async () => {
    await rotateToken("ghp_second");
    await sandbox.operate("refresh");
    const drift = await sandbox.command("drift", "--json");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
    await rotateToken("ghp_third");
    await sandbox.operate("up", "--refresh");
    await sandbox.operate("up", "--expect-no-changes");
  });

  test("doctor and drift show a webhook's secret that was changed by hand, and the next up puts it right", async () => {
    const github = await githubOf(sandbox);
    const [hook] = await hooksOf(github);
    const board = await boardSeen(github, "gwa-test-app Workflow");
    await addCards(github, board, 1);
    await github.deliveries();
    await github.rest("PATCH", `/orgs/bto-labs/hooks/${String(hook?.id)}/config`, { secret: "by hand" });
    await addCards(github, board, 2);
    const before = (await github.deliveries()).filter(({ signature }) => signature === "invalid");
    assert.ok(before.length >= 2);

    const doctor = await sandbox.command("doctor", "--json");
    const lines = JSON.parse(doctor.stdout) as {
      check: string;
      status: string;
      detail: string;
      remedy: string;
    }[];
    const webhook = lines.find(({ check }) => check === "webhook");
    assert.equal(webhook?.status, "fail");
    assert.match(webhook.detail, /deliveries rejected since .* with 401/);
    assert.match(webhook.remedy, /pulumi up --refresh/);

    const drift = await sandbox.command("drift");
    assert.equal(drift.code, 1, drift.stdout + drift.stderr);
    assert.match(drift.stdout, /WebhookPing webhook-ping .*deliveries rejected since/);

    await sandbox.operate("up");
    const again = (await github.deliveries()).filter(({ event }) => event === "projects_v2_item");
    assert.ok(again.slice(-before.length).every(({ signature }) => signature === "valid"));
    const clean = await sandbox.command("drift", "--json");
    assert.equal(clean.code, 0, clean.stdout + clean.stderr);
  });
});
