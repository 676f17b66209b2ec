import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { versions } from "../../../toolchain/versions.ts";

/** Commands that work with the stack's state; those of images/ read the settings alone. */
const readsState = /pulumi up|npm run --silent (release|preview|drift|smoke|e2e) -- --stack "\$STACK"/;

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Record<string, string>;
  readonly with?: Record<string, unknown>;
}

interface Job {
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Record<string, string>;
  readonly steps: readonly Step[];
  readonly "timeout-minutes"?: number;
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Record<string, Job>;
}

const folder = join(import.meta.dirname, "../../../.github");
const names = readdirSync(join(folder, "workflows"));
const read = (name: string) => readFileSync(join(folder, "workflows", name), "utf8");
const workflows = new Map(names.map((name) => [name, parse(read(name)) as Workflow]));
const scripts = (
  parse(readFileSync(join(folder, "../package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;
const jobs = [...workflows].flatMap(([file, { jobs: each }]) =>
  Object.entries(each).map(([name, job]) => ({ file, name, job })),
);

describe("the workflows", () => {
  for (const [name, workflow] of workflows) {
    test(`${name} may only read unless a job says more, and ends in time`, () => {
      assert.deepEqual(workflow.permissions, { contents: "read" });
      for (const job of Object.values(workflow.jobs)) assert.ok((job["timeout-minutes"] ?? 0) > 0);
    });

    test(`${name} hands nothing of an event to a shell, but by variables`, () => {
      for (const { run = "" } of Object.values(workflow.jobs).flatMap(({ steps }) => steps))
        assert.doesNotMatch(run, /\$\{\{/);
    });

    test(`${name} calls scripts that there are`, () => {
      for (const [, script = ""] of read(name).matchAll(/npm run (?:--silent )?(\w+)/g))
        assert.ok(script in scripts, script);
    });
  }

  test("none runs foreign code with the rights of this repository", () => {
    for (const [name, { on }] of workflows)
      assert.ok(!("pull_request_target" in on || "workflow_run" in on), name);
  });

  test("secrets and tokens that write are for pull requests of this repository only", () => {
    for (const { file, name, job } of jobs.filter(
      ({ file }) => "pull_request" in (workflows.get(file)?.on ?? {}),
    )) {
      const text = JSON.stringify(job);
      if (!/secrets\.|github\.token|"write"|self-hosted|environment/.test(text)) continue;
      assert.equal(
        job.if,
        "github.event.pull_request.head.repo.full_name == github.repository",
        `${file} ${name}`,
      );
    }
  });

  test("no run that waits for production is thrown out by another workflow", () => {
    const groups = [...workflows.values()].map(({ concurrency }) => concurrency.group);
    assert.equal(new Set(groups).size, groups.length, groups.join());
  });

  test("the address of the state may be a secret, since it may hold a password", () => {
    for (const { file, name, job } of jobs) {
      for (const { env = {} } of job.steps.filter(({ run = "" }) => readsState.test(run)))
        assert.match(env["PULUMI_BACKEND_URL"] ?? "", /secrets\.PULUMI_BACKEND_URL \|\|/, `${file} ${name}`);
    }
  });

  test("every job that reaches production runs in an environment", () => {
    for (const { file, name, job } of jobs) {
      if (JSON.stringify(job).includes("secrets.")) assert.ok(job.environment, `${file} ${name}`);
    }
    assert.equal(workflows.get("converge.yml")?.jobs["converge"]?.environment, "production");
  });

  test("actions are held to a commit", () => {
    const action = parse(readFileSync(join(folder, "actions/stack/action.yml"), "utf8")) as {
      runs: { steps: readonly Step[] };
    };
    const steps = [...jobs.flatMap(({ job }) => job.steps), ...action.runs.steps];
    for (const { uses = "./" } of steps) assert.match(uses, /^\.\/|@[0-9a-f]{40}$/);
    const pulumi = action.runs.steps.find(({ env }) => env?.["VERSION"]);
    assert.equal(String(pulumi?.env?.["VERSION"]), versions.engine);
  });
});
