import assert from "node:assert/strict";
import { once } from "node:events";
import { delimiter } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Finding, TraceEvent } from "../../operations/suites/finding.ts";
import { missingBrowser } from "../support/browser.ts";
import { execute, TestSandbox } from "../support/engine/sandbox.ts";
import { githubOf } from "../support/github/sandboxGithub.ts";

/** The output of a suite with `--json`. */
interface Report {
  readonly passed: boolean;
  readonly checks: readonly Finding[];
  readonly trace: readonly TraceEvent[];
}

let sandbox: TestSandbox;
before(async () => {
  sandbox = await TestSandbox.create();
  await sandbox.operate("up");
});
after(() => sandbox.close());

async function run(suite: "smoke" | "e2e", options: readonly string[], ...ofSuite: readonly string[]) {
  const { code, stdout, stderr } = await sandbox.run([suite, "--json", ...options, "--", ...ofSuite]);
  assert.notEqual(stdout, "", stderr);
  const report = JSON.parse(stdout) as Report;
  assert.equal(code, report.passed ? 0 : 1, stderr);
  return report;
}

/** The failures, as "MILESTONE: finding". */
const failures = ({ checks }: Report) =>
  checks.filter(({ status }) => status === "fail").map(({ milestone, seen }) => `${milestone}: ${seen}`);

const faults = (...names: readonly string[]) => names.flatMap((name) => ["--fault", name]);

interface Issue {
  readonly state: string;
  readonly state_reason: string | null;
  readonly labels: readonly { readonly name: string }[];
}

/** The issue that a run of the end-to-end test has opened, by a route of the test's own. */
async function issueOf(text: string): Promise<Issue> {
  const number = /issues\/(\d+)/.exec(text)?.[1];
  assert.ok(number !== undefined, text);
  const { githubUrl, githubToken } = await sandbox.status();
  const answer = await fetch(`${githubUrl}/api/v3/repos/bto-labs/gwa-test-app/issues/${number}`, {
    headers: { authorization: `Bearer ${githubToken}` },
  });
  return (await answer.json()) as Issue;
}

describe("the smoke tests", () => {
  test("pass on a system that lives, and show the events they have caused", async () => {
    const report = await run("smoke", []);
    assert.deepEqual(failures(report), []);
    const passed = new Set(
      report.checks.filter(({ status }) => status === "pass").map((each) => each.milestone),
    );
    const browser = missingBrowser() === undefined ? ["M4 browser"] : [];
    for (const milestone of [
      "Pods",
      "Dapr",
      "Partitions",
      "M1",
      "M2",
      "M3",
      "M4",
      ...browser,
      "M5",
      "Event log",
    ]) {
      assert.ok(passed.has(milestone), milestone);
    }
    assert.ok(report.trace.some(({ agent, type }) => agent === "simple-agent" && type === "llm.call"));
  });

  test("name each of several faults under its milestone, with where to look", async () => {
    const report = await run(
      "smoke",
      faults(
        "memory-foreign",
        "score-swapped",
        "dashboard-without-routes",
        "cost-tracker-down",
        "component-missing",
        "events-missing-llm.response",
      ),
    );
    const seen = failures(report).join("\n");
    assert.match(seen, /^Dapr: .*agent-outbox is not loaded/m);
    assert.match(seen, /^M2: .*does not tell of a memory/m);
    assert.match(seen, /^M3: .*argocd-deployer does not score above kubectl-deployer/m);
    assert.match(seen, /^M4: GET \/smoke-.* gave 404/m);
    if (missingBrowser() === undefined) assert.match(seen, /^M4 browser: the browser got 404 at \/tasks/m);
    assert.match(seen, /^M5: .*cost-tracker.* 503/m);
    // Rows of the run before are there, and do not hide it.
    assert.match(seen, /^Event log: no llm\.response/m);
    assert.doesNotMatch(seen, /^(Pods|Partitions|M1):/m);
    const memory = report.checks.find(({ milestone }) => milestone === "M2");
    assert.match(
      memory?.where.join("\n") ?? "",
      /pod simple-agent-\S+ \(Running\).*kubectl logs[\s\S]*\n\| /,
    );
  });

  test("count no result but that of their own task", async () => {
    const report = await run("smoke", faults("history-foreign"), "--only", "M1");
    assert.match(failures(report).join(), /^M1: no row of this run with id .* in agent_task_history/);
  });

  test("say that a pod does not run, and try nothing that needs it", async () => {
    const report = await run("smoke", faults("pod-crashing"), "--only", "Pods,M5");
    assert.match(failures(report).join(), /^Pods: homelab-monitor-\S+ is Running, .*CrashLoopBackOff/);
    const skipped = report.checks.find(({ milestone }) => milestone === "M5");
    assert.match(`${String(skipped?.status)}: ${String(skipped?.seen)}`, /^skip: .*homelab-monitor/);
  });

  test("raise the alarm before the event log has no partition left, and miss what was deleted", async () => {
    await sandbox.rows(`DO $$ DECLARE child regclass; BEGIN
      FOR child IN SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
        WHERE inhparent = 'mesh_six_events'::regclass AND c.relname > 'mesh_six_events_' || to_char(now(), 'YYYY_MM')
      LOOP EXECUTE format('DROP TABLE %s', child); END LOOP; END $$`);
    await sandbox.kubectl("delete", "-n", "mesh-six", "component.dapr.io", "agent-pubsub");
    const seen = failures(await run("smoke", [], "--only", "Dapr,Partitions", "--partition-days", "40"));
    assert.match(seen.join("\n"), /^Dapr: not in the cluster: agent-pubsub/m);
    assert.match(seen.join("\n"), /^Partitions: partitions for \d+ days/m);
    await sandbox.operate("up", "--refresh");
  });
});

describe("the end-to-end test", () => {
  const quick = ["--pace", "1"];
  const clock = ["--timeouts-divided-by", "20"];

  test("follows a card through all columns and closes the issue as completed", async () => {
    const report = await run("e2e", quick, ...clock);
    assert.deepEqual(failures(report), []);
    const way = report.checks.findLast(({ status }) => status === "pass")?.seen ?? "";
    assert.match(way, /Todo → Planning → In Progress → QA → Review → Done/);
    const { state, state_reason, labels } = await issueOf(report.checks[0]?.seen ?? "");
    assert.deepEqual({ state, state_reason }, { state: "closed", state_reason: "completed" });
    assert.deepEqual(
      labels.map(({ name }) => name),
      ["feature-request"],
    );
    assert.ok(
      report.trace.some(({ type, agent }) => type === "state.transition" && agent === "project-manager"),
    );
  });

  test("runs from the lines of `outputs --format env` alone, by node's own test runner", async () => {
    const { environment } = await sandbox.status();
    const { PATH, ...rest } = environment;
    const path = [...PATH, process.env["PATH"] ?? ""].join(delimiter);
    const pulumi = { ...process.env, ...rest, PATH: path };
    const outputs = await execute(process.execPath, ["operations/outputs.ts", "--show-secrets"], pulumi);
    assert.equal(outputs.code, 0, outputs.stderr);
    const script = `set -a; ${outputs.stdout}\nexec "$0" --test tests/e2e/full-lifecycle.test.ts`;
    const outcome = await execute("sh", ["-c", script, process.execPath], {
      PATH: path,
      TEST_TIMEOUTS_DIVIDED_BY: "20",
    });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  });

  for (const [fault, milestone, reason] of [
    ["column-order", "IMPLEMENTATION", /went back from QA to In Progress/],
    ["decoy-events", "INTAKE", /events of this issue: none/],
    ["decoy-comments", "INTAKE", /no comment/],
  ] as const) {
    test(`names the fault ${fault}, and closes the issue`, async () => {
      const report = await run("e2e", [...quick, ...faults(fault)], ...clock);
      const seen = failures(report);
      assert.equal(seen.length, 1, seen.join("\n"));
      assert.match(seen[0] ?? "", new RegExp(`^${milestone}: `));
      assert.match(seen[0] ?? "", reason);
      const { state, state_reason } = await issueOf(report.checks[0]?.seen ?? "");
      assert.deepEqual({ state, state_reason }, { state: "closed", state_reason: "not_planned" });
      const text = JSON.stringify(report);
      assert.ok(!text.includes((await sandbox.status()).githubToken));
      assert.doesNotMatch(text, /postgres(ql)?:\/\/[^"]*:[^"[]+@/);
    });
  }

  test("closes the issue when it is interrupted", async () => {
    await interrupted(() => Promise.resolve());
  });

  test("closes the issue when it is interrupted while GitHub leaves it waiting", async () => {
    const github = await githubOf(sandbox);
    const minutes = 10;
    const delay = { kind: "delay", milliseconds: minutes * 60_000 } as const;
    const begin = await interrupted(async () => {
      await github.faults([{ match: { operation: "IssueAndCard" }, times: 100, action: delay }]);
      while ((await github.pendingFaults())[0]?.times === 100) await sleep(50);
    });
    await github.faults([]);
    assert.ok(performance.now() - begin < (minutes / 2) * 60_000, "it waited for an answer");
  });

  /** Interrupts a run whose issue is open, once that is so; the time of it. */
  async function interrupted(when: () => Promise<void>): Promise<number> {
    const child = sandbox.start(["e2e", ...quick, ...faults("stall-planning")]);
    let output = "";
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (/issues\/\d+/.test(output)) resolve();
      });
      child.once("exit", () => reject(new Error(`it ended: ${output}`)));
    });
    assert.equal((await issueOf(output)).state, "open");
    await when();
    const ended = once(child, "exit");
    const begin = performance.now();
    child.kill("SIGINT");
    assert.deepEqual(await ended, [130, null], output);
    assert.equal((await issueOf(output)).state, "closed");
    return begin;
  }
});
