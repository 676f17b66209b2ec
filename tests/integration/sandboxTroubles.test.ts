import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { execute, isAlive, TestSandbox } from "../support/sandbox.ts";

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
      /\/nowhere\/config cannot be read/,
    ],
    ["a database URL that is none", ["up", "--database-url", "localhost:5432"], /no PostgreSQL URL/],
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
