import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { broken, changed } from "../../../sandbox/services/application/sources.ts";
import type { Release } from "../../../settings/release.ts";
import { ProjectCopy } from "../../support/engine/projectCopy.ts";
import { type SandboxStatus, TestSandbox } from "../../support/engine/sandbox.ts";
import { type JobResult, runWorkflow } from "../../support/engine/workflowRun.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";
import { ReleasedSandbox } from "./support.ts";

const root = join(import.meta.dirname, "../../..");
const jobToken = "ghs_of_the_job";
const repository = "infra";
const settingsPath = "Pulumi.sandbox.yaml";

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly head: { readonly ref: string };
}

function writtenIn(text: string): Release {
  return (parse(text) as { config: Record<string, Release> }).config["mesh-six:release"]!;
}

describe("the workflows of a release, by their own commands", () => {
  let sandbox: TestSandbox;
  let released: ReleasedSandbox;
  let status: SandboxStatus;
  let project: ProjectCopy;
  let github: TestGitHub;

  before(async () => {
    sandbox = await TestSandbox.create();
    const outcome = await sandbox.run(["release", "NEXT"]);
    assert.equal(outcome.code, 0, `${outcome.stdout}\n${outcome.stderr}`);
    released = await ReleasedSandbox.of(sandbox);
    status = await sandbox.status();
    project = await ProjectCopy.create(status);
    github = await testGitHub({
      tokens: { [jobToken]: { login: "github-actions[bot]" }, ghp_test_of_the_test: { login: "person" } },
    });
    await github.rest("POST", `/orgs/${github.owner}/repos`, { name: repository, auto_init: true });
    await api("PUT", `/contents/${settingsPath}`, {
      message: "settings",
      content: Buffer.from(released.settingsText()).toString("base64"),
    });
    copyFileSync(released.directory.settings, join(project.directory, settingsPath));
    const docker = join(project.directory, ".docker");
    mkdirSync(docker);
    copyFileSync(released.place.login, join(docker, "config.json"));
    const bin = join(project.directory, ".bin");
    mkdirSync(bin);
    const kaniko = join(root, "tests/support/programs/kaniko.ts");
    writeFileSync(
      join(bin, "kubectl"),
      `#!/bin/sh\n[ "$1" = run ] && exec '${process.execPath}' --disable-warning=ExperimentalWarning '${kaniko}' "$@"\nexec '${status.kubectl}' "$@"\n`,
    );
    chmodSync(join(bin, "kubectl"), 0o755);
  });
  after(async () => {
    await github.close();
    await project.close();
    await sandbox.close();
  });

  const api = <T>(method: string, path: string, body?: unknown) =>
    github.rest<T>(method, `/repos/${github.owner}/${repository}${path}`, body);
  const open = () => api<Pull[]>("GET", "/pulls?state=open");
  const settings = async (ref: string) => {
    const { content } = await api<{ content: string }>("GET", `/contents/${settingsPath}?ref=${ref}`);
    return Buffer.from(content, "base64").toString("utf8");
  };
  const comments = ({ number }: Pull) =>
    api<{ body: string; user: { login: string } }[]>("GET", `/issues/${String(number)}/comments`);

  /** Runs a workflow on a checkout of the main branch. */
  async function run(name: string): Promise<Readonly<Record<string, JobResult>>> {
    writeFileSync(join(project.directory, settingsPath), await settings("main"));
    const own = `${github.owner}/${repository}`;
    return runWorkflow(join(root, ".github/workflows", name), {
      contexts: {
        vars: { STACK: "sandbox", PULUMI_BACKEND_URL: status.backendUrl },
        secrets: { PULUMI_CONFIG_PASSPHRASE: status.passphrase },
        inputs: {},
        github: {
          token: jobToken,
          repository: own,
          event_name: "workflow_dispatch",
          event: { client_payload: {} },
        },
      },
      shell: (script, env) =>
        project.run(
          "bash",
          // Policy packs need pulumi-language-nodejs, which not every machine has.
          ["-ec", status.languageHost === null ? script.replaceAll(" --policies", "") : script],
          project.directory,
          {
            ...env,
            GITHUB_API_URL: `${github.url}/api/v3`,
            PULUMI_OPTION_CONFIG_FILE: join(project.directory, settingsPath),
            DOCKER_CONFIG: join(project.directory, ".docker"),
            REGISTRY_LOGIN: released.place.login,
            PATH: [
              join(project.directory, ".bin"),
              ...status.environment.PATH,
              process.env["PATH"] ?? "",
            ].join(delimiter),
          },
        ),
      checkout(path, ref) {
        const folder = join(project.directory, path);
        rmSync(folder, { recursive: true, force: true });
        const git = (...args: string[]) => execFileSync("git", args, { stdio: "pipe" });
        git("clone", "--quiet", released.repository.folder, folder);
        git("-C", folder, "checkout", "--quiet", ref);
      },
    });
  }
  const results = (jobs: Readonly<Record<string, JobResult>>) =>
    Object.fromEntries(Object.entries(jobs).map(([name, { result }]) => [name, result]));
  const logs = (jobs: Readonly<Record<string, JobResult>>) =>
    Object.values(jobs)
      .map(({ log }) => log)
      .join("");
  const merge = async ({ number }: Pull) => {
    await api("PUT", `/pulls/${String(number)}/merge`, {});
  };

  test("build what the registry lacks, and keep one pull request whose comment is the preview", async () => {
    const names = ["context-service", "cost-tracker", "orchestrator"];
    const commit = await released.repository.commit("Change three", changed(names, 100));
    const jobs = await run("images.yml");
    assert.deepEqual(results(jobs), { list: "success", build: "success", release: "success" }, logs(jobs));
    assert.deepEqual(jobs["build"]?.matrix, names);
    const [pull, ...others] = await open();
    assert.ok(pull);
    assert.deepEqual([pull.title, others], [`Release ${commit.slice(0, 12)}`, []]);
    const differs = (before: string, after: string) =>
      after.split("\n").filter((line) => !before.split("\n").includes(line)).length;
    assert.equal(differs(await settings("main"), await settings(pull.head.ref)), 1 + names.length);
    const [comment, ...more] = await comments(pull);
    assert.deepEqual([comment?.user.login, more], ["github-actions[bot]", []]);
    for (const name of names) assert.match(comment?.body ?? "", new RegExp(`roll.*${name}`));
    assert.match(comment?.body ?? "", /3 move, 19 stay/);

    // The next push, before anybody has merged.
    const next = await released.repository.commit("Change one more", changed(["qa-tester"], 100));
    const again = await run("images.yml");
    assert.deepEqual(again["build"]?.matrix, ["qa-tester"], logs(again));
    const [same, ...none] = await open();
    assert.deepEqual([same?.number, same?.title, none], [pull.number, `Release ${next.slice(0, 12)}`, []]);
    const [edited, ...further] = await comments(pull);
    assert.match(edited?.body ?? "", /4 move, 18 stay/);
    assert.deepEqual(further, []);
  });

  test("bring the stack to what was merged, and test it", async () => {
    const [pull] = await open();
    assert.ok(pull);
    await merge(pull);
    const jobs = await run("converge.yml");
    assert.deepEqual(results(jobs), { converge: "success", back: "skipped" }, logs(jobs));
    assert.deepEqual(await released.digests(), writtenIn(await settings("main")).images);
    const idle = await run("images.yml");
    assert.deepEqual(results(idle), { list: "success", build: "skipped", release: "success" }, logs(idle));
    assert.deepEqual(await open(), []);
  });

  test("propose the release before where the smoke tests fail, and come back to it", async () => {
    const before = writtenIn(await settings("main"));
    await released.repository.commit("Spoil", broken("simple-agent", "memory-lost", 101));
    const jobs = await run("images.yml");
    const [pull] = await open();
    assert.ok(pull, logs(jobs));
    await merge(pull);
    const failed = await run("converge.yml");
    assert.deepEqual(results(failed), { converge: "failure", back: "success" }, logs(failed));
    assert.match(logs(failed), /^release [0-9a-f]{12}: the smoke tests failed$/m);
    const [back, ...others] = await open();
    assert.deepEqual([back?.title, others], [`Back to release ${before.commit?.slice(0, 12) ?? ""}`, []]);
    assert.deepEqual(writtenIn(await settings(back?.head.ref ?? "")), before);
    await merge(back!);
    const returned = await run("converge.yml");
    assert.deepEqual(results(returned), { converge: "success", back: "skipped" }, logs(returned));
    assert.deepEqual(await released.digests(), before.images);
  });
});
