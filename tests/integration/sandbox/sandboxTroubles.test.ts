import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { removeLostCreates } from "../../../sandbox/engine/lostCreates.ts";
import type { ResourceStep } from "../../../sandbox/engine/progressReader.ts";
import { openSandbox } from "../../../sandbox/place/sandbox.ts";
import { execute, isAlive, type SandboxStatus, TestSandbox } from "../../support/engine/sandbox.ts";

describe("a sandbox in trouble", () => {
  let sandbox: TestSandbox;
  before(async () => {
    sandbox = await TestSandbox.create();
    await sandbox.operate("up");
  });
  after(() => sandbox.close());

  /** Waits until the running command has said something of that form. */
  function untilSaid(child: ReturnType<TestSandbox["start"]>, form: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = "";
      child.stdout?.on("data", (part: Buffer) => {
        said += part.toString();
        if (form.test(said)) resolve();
      });
      child.once("exit", () => {
        reject(new Error(`the command ended without saying ${String(form)}:\n${said}`));
      });
    });
  }

  test("killed services are started again, just those, and nothing is lost", async () => {
    const { pids } = await sandbox.status();
    const killed = ["etcd", "postgres", "kube-scheduler"];
    for (const name of killed) process.kill(pids[name] ?? 0, "SIGKILL");
    while (killed.some((name) => isAlive(pids[name] ?? 0))) await sleep(20);
    const status = await sandbox.run(["status"]);
    assert.equal(status.code, 1);
    assert.match(status.stdout, /etcd +stopped/);
    await sandbox.operate("up", "--expect-no-changes");
    const after = (await sandbox.status()).pids;
    const changed = Object.keys(pids).filter((name) => after[name] !== pids[name]);
    assert.deepEqual(changed.sort(), killed.toSorted());
  });

  test("an up that is killed with everything it started leaves no lock and no process behind", async () => {
    await sandbox.kubectl("delete", "deployment", "dashboard", "-n", "mesh-six");
    const child = sandbox.start(["up", "--refresh", "--verbose"]);
    await untilSaid(child, /refreshed|unchanged/);
    child.kill("SIGKILL");
    await once(child, "exit");
    const { changes } = await sandbox.operate("up", "--refresh");
    assert.ok((changes["same"] ?? 0) > 20, JSON.stringify(changes));
    await sandbox.object("deployment", "dashboard", "-n", "mesh-six");
    const processes = await execute("ps", ["-eo", "pid,args"], process.env);
    assert.doesNotMatch(processes.stdout, new RegExp(`${sandbox.directory}/pulumi/plugins`));
  });

  test("removes objects of lost creates from the cluster, and keeps those of others", async () => {
    const label = { "app.kubernetes.io/managed-by": "pulumi" };
    const make = async (name: string, labels: Record<string, string>) => {
      await sandbox.kubectl("create", "configmap", name, "-n", "mesh-six");
      for (const [key, value] of Object.entries(labels))
        await sandbox.kubectl("label", "configmap", name, "-n", "mesh-six", `${key}=${value}`);
    };
    await make("older", label);
    await sleep(1_100);
    const begin = new Date();
    await make("lost", label);
    await make("known", label);
    await make("theirs", {});
    const failed = (name: string, urn = `urn:pulumi:sandbox::mesh-six::x::${name}`): ResourceStep => ({
      ...{ kind: "resource", phase: "failed", operation: "create", type: "x", name, urn, changes: [] },
      object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "mesh-six" } },
    });
    const directory = sandboxDirectory(sandbox.directory);
    const state = readFileSync(directory.checkpoint("sandbox"), "utf8");
    const urn = /"urn": ?"([^"]*kubernetes:core\/v1:ConfigMap::[^"]*)"/.exec(state)?.[1];
    assert.ok(urn);
    const said: string[] = [];
    const opened = openSandbox(directory);
    const reports = [
      ...["older", "lost", "theirs", "never-made"].map((name) => failed(name)),
      failed("known", urn),
    ];
    await removeLostCreates(opened, reports, begin, (line) => void said.push(line));
    assert.deepEqual(said, ["Removed ConfigMap lost, whose create lost its answer: the next run makes it."]);
    const { items = [] } = await sandbox.object("configmaps", "-n", "mesh-six");
    const names = items.map(({ metadata }) => metadata.name);
    assert.deepEqual(
      ["older", "lost", "known", "theirs"].filter((name) => names.includes(name)),
      ["older", "known", "theirs"],
    );
    await sandbox.kubectl("delete", "configmap", "older", "known", "theirs", "-n", "mesh-six");
  });

  test("Ctrl-C ends the operation with 130, frees the stack and leaves the services running", async () => {
    const child = sandbox.start(["refresh", "--verbose"]);
    await untilSaid(child, /refreshed|unchanged/);
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    assert.ok(code === 130 || code === 0, `exit code ${String(code)}`);
    assert.equal((await sandbox.status()).running, true);
    await sandbox.operate("up");
  });

  test("two commands at once: the second names the first, waits, and both succeed", async () => {
    const [first, second] = await Promise.all([sandbox.run(["up"]), sandbox.run(["up"])]);
    assert.deepEqual([first.code, second.code], [0, 0], `${first.stderr}\n${second.stderr}`);
    assert.match(first.stdout + second.stdout, /Waiting for "npm run sandbox -- up" \(process \d+, since/);
  });

  test("a stack's lock is freed when its process's number belongs to a younger one, and kept for its own", async () => {
    const folder = join(sandbox.directory, "state/.pulumi/locks/organization/mesh-six/sandbox");
    mkdirSync(folder, { recursive: true });
    const lock = (timestamp: string) =>
      writeFileSync(
        join(folder, "left.json"),
        JSON.stringify({ pid: process.pid, username: "me", hostname: hostname(), timestamp }),
      );
    lock("2026-01-01T00:00:00.123456789Z");
    await sandbox.operate("up", "--expect-no-changes");
    lock(new Date().toISOString());
    const outcome = await sandbox.run(["up", "--json"]);
    assert.equal(outcome.code, 1);
    const { failure } = JSON.parse(outcome.stdout) as { failure: string };
    assert.match(
      failure,
      new RegExp(`^The stack is locked by process ${String(process.pid)} on .*left\\.json`),
    );
    rmSync(join(folder, "left.json"));
  });

  test("nothing in the caller's environment leads it astray", async () => {
    const proxy = "http://127.0.0.1:9";
    const { environment } = await sandbox.status();
    const astray = {
      // As after the lines that status prints for plain Pulumi.
      ...{ ...environment, PATH: process.env["PATH"] },
      ...{ PULUMI_ACCESS_TOKEN: "pul-x", PULUMI_BACKEND_URL: "s3://nowhere", PULUMI_STACK: "other" },
      ...{ PULUMI_CONFIG_PASSPHRASE: "wrong", KUBECONFIG: "/nowhere", GITHUB_TOKEN: "x", GITHUB_OWNER: "me" },
      ...{ PGHOST: "nowhere.invalid", PGPORT: "1", PGUSER: "me", PGPASSWORD: "x", PGSSLMODE: "verify-full" },
      ...{ http_proxy: proxy, https_proxy: proxy, HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
      ...{ LANG: "C", LC_ALL: "C", NO_COLOR: "1" },
    };
    const start = ["toolchain/start.mjs", "sandbox/cli/main.ts", "--directory", sandbox.directory];
    const run = (...args: string[]) =>
      execute(process.execPath, [...start, ...args], { ...process.env, ...astray });
    const outcome = await run("up", "--expect-no-changes", "--json");
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    const status = JSON.parse((await run("status", "--json", "--show-secrets")).stdout) as SandboxStatus;
    const stack = await execute(status.engine.command, ["stack", "--show-secrets"], {
      ...process.env,
      ...astray,
      ...status.environment,
      PATH: `${status.environment.PATH.join(":")}:${process.env["PATH"] ?? ""}`,
    });
    assert.equal(stack.code, 0, stack.stderr);
  });

  test("a port taken by a stranger is replaced, and the kubeconfig follows", async () => {
    const { services } = await sandbox.status();
    const port = services["kube-apiserver"]?.port ?? 0;
    await sandbox.run(["down"]);
    const stranger = createServer().listen(port, "127.0.0.1");
    await once(stranger, "listening");
    try {
      const outcome = await sandbox.run(["up"]);
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.match(
        outcome.stdout,
        new RegExp(`Port ${String(port)} of kube-apiserver was taken by another program`),
      );
      assert.equal(stranger.listening, true);
      await sandbox.object("namespace", "mesh-six");
    } finally {
      stranger.close();
    }
  });
});

describe("the command line", () => {
  const sandbox = TestSandbox.create();
  after(async () => (await sandbox).close());
  const cases: [string, string[], RegExp][] = [
    ["a mistyped command", ["prevew"], /no command "prevew": did you mean "preview"\?/],
    ["a mistyped option", ["up", "--jsom"], /no option --jsom: did you mean "--json"\?/],
    ["an option without its value", ["up", "--kubeconfig"], /--kubeconfig/],
    [
      "a kubeconfig that is not there",
      ["up", "--kubeconfig", "/nowhere/config"],
      /--kubeconfig: expected a kubeconfig file, got none at \/nowhere\/config/,
    ],
    ["a database URL that is none", ["up", "--database-url", "localhost:5432"], /expected postgres:/],
    [
      "a TLS mode that is none",
      ["up", "--database-url", "postgres://admin@db.example/?sslmode=perhaps"],
      /expected sslmode disable, .*, got perhaps/,
    ],
    [
      "a database URL whose password cannot be decoded",
      ["up", "--database-url", "postgres://admin:100%@db.example/"],
      /percent-encode user and password/,
    ],
    [
      "a database URL that says more than the settings hold",
      ["up", "--database-url", "postgres://admin:p@db.example/?options=-csearch_path%3Dapp"],
      /got options too; leave it out/,
    ],
    ["a log that is not there", ["logs", "etcd"], /no log of "etcd"/],
  ];
  for (const [what, args, form] of cases) {
    test(`${what} is refused in one line with exit code 2`, async () => {
      const outcome = await (await sandbox).run(args);
      assert.equal(outcome.code, 2, outcome.stderr);
      assert.match(outcome.stderr, form);
      assert.equal(outcome.stderr.trim().split("\n").length, 1, outcome.stderr);
    });
  }
});
