import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { imagesOf } from "../../../operations/images/catalogue.ts";
import { contentTag } from "../../../operations/images/contentTag.ts";
import { readTree } from "../../../operations/images/gitTree.ts";
import { Application } from "../../support/cluster/application.ts";
import { fakeRegistry, type FakeRegistry } from "../../support/fakeRegistry.ts";

describe("the command for images", () => {
  let application: Application;
  let registry: FakeRegistry;
  before(async () => {
    application = new Application();
    registry = await fakeRegistry({ username: "me", password: "secret 1" });
  });
  after(async () => {
    application.remove();
    await registry.close();
  });
  const tags = async () => {
    const at = await readTree(application.folder);
    return Object.fromEntries(imagesOf(at).map((image) => [image.name, contentTag(image, at)]));
  };

  const script = join(import.meta.dirname, "../../../operations/images.ts");
  const command = (args: readonly string[], text = registry.login) => {
    const login = join(application.folder, ".git/login.json");
    writeFileSync(login, text);
    const common = ["--application", application.folder, "--repository", `${registry.host}/mesh-six`];
    return [script, ...common, "--registry-config", login, ...args];
  };
  const call = (args: readonly string[], env: NodeJS.ProcessEnv = process.env, login?: string) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, command(args, login), { env });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
      child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });

  test("lists what the registry lacks; with --all also what it has, with its digest", async () => {
    const own = await tags();
    registry.put("mesh-six-simple-agent", own["simple-agent"]!, "sha256:" + "a".repeat(64));
    const { status, stdout, stderr } = await call(["list"]);
    assert.equal(status, 0, stderr);
    const names = (text: string) =>
      (JSON.parse(text) as { include: { name: string; digest?: string }[] }).include.map(
        ({ name, digest }) => `${name} ${digest?.slice(0, 9) ?? ""}`,
      );
    assert.deepEqual(names(stdout), ["dashboard ", "llm-service ", "orchestrator "]);
    assert.ok(names((await call(["list", "--all"])).stdout).includes("simple-agent sha256:aa"));
  });

  test("ends in one line where the registry refuses the login", async () => {
    const login = registry.login.replace(/"auth":"[^"]*"/, '"auth":"bm86bm8="');
    const { status, stderr } = await call(["list"], process.env, login);
    assert.equal(status, 1);
    assert.match(stderr, /^127\.0\.0\.1:\d+\/mesh-six-\S+:content-\w+: .*got status 401; give a login.*\n$/);
  });

  test("restarts the services that run an image, whatever these are called, each once", async () => {
    const bin = mkdtempSync(join(tmpdir(), "mesh-six-kubectl-"));
    const prefix = `${registry.host}/mesh-six`;
    const workload = (kind: string, name: string, spec: object) => ({
      kind,
      metadata: { name },
      spec: { template: { spec } },
    });
    const own = { image: `${prefix}-simple-agent:latest` };
    const items = [
      workload("Deployment", "simple-agent", { containers: [own] }),
      workload("StatefulSet", "second", { containers: [{ image: "x" }], initContainers: [own] }),
      workload("Deployment", "another", { containers: [{ image: `${prefix}-simple-agent-two:latest` }] }),
    ];
    try {
      writeFileSync(join(bin, "items"), JSON.stringify({ items }));
      writeFileSync(
        join(bin, "kubectl"),
        `#!/bin/sh\n[ $1 = get ] && exec cat ${bin}/items\necho "$2 $3" >>${bin}/arguments\n`,
      );
      chmodSync(join(bin, "kubectl"), 0o755);
      const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
      const rolled = await call(["roll", "simple-agent", "simple-agent", "nobody"], env);
      assert.equal(rolled.status, 1);
      assert.match(
        rolled.stderr,
        /^nobody: expected a service in mesh-six that runs \S+-nobody, got none; left out\n$/,
      );
      assert.deepEqual(readFileSync(join(bin, "arguments"), "utf8").trim().split("\n"), [
        ...["restart deployment/simple-agent", "status deployment/simple-agent"],
        ...["restart statefulset/second", "status statefulset/second"],
      ]);
      writeFileSync(join(bin, "kubectl"), "#!/bin/sh\necho 'connection refused' >&2\nexit 1\n");
      const refused = await call(["roll", "simple-agent"], env);
      assert.equal(refused.status, 1);
      assert.match(
        refused.stderr,
        /^roll: expected kubectl to list .*, got: connection refused; check .*\n$/,
      );
    } finally {
      rmSync(bin, { recursive: true });
    }
  });

  for (const [title, args, line] of [
    [
      "a commit that is not there",
      ["list", "--ref", "nope"],
      /^--ref nope: expected a commit of .*; fetch it there \(git fetch\).*\n$/,
    ],
    [
      "certificates that are none",
      ["list", "--ca", import.meta.filename],
      /^--ca .*: expected certificates in PEM, got none; .*\n$/,
    ],
    [
      "a stack without settings",
      ["list", "--stack", "nobodys"],
      /^--stack nobodys: expected its settings in .*; name another stack\n$/,
    ],
    ["names that are too many", ["build", "a", "b"], /^build: expected one name, got a b\. See --help\.\n$/],
    [
      "a registry that is not there",
      ["list", "--repository", "127.0.0.1:1/mesh-six"],
      /^registry 127\.0\.0\.1:1: expected an answer, got .*\n$/,
    ],
  ] as const) {
    test(`refuses ${title} in one line`, async () => {
      const { status, stderr } = await call(args);
      assert.notEqual(status, 0);
      assert.match(stderr, line);
    });
  }

  test("hands the build context to kubectl and prints the digest; a build that fails says so, and one that is broken off leaves no Pod", async () => {
    const bin = mkdtempSync(join(tmpdir(), "mesh-six-kubectl-"));
    try {
      // Stands for the cluster: keeps its input, and ends as the test asks.
      writeFileSync(
        join(bin, "kubectl"),
        `#!/bin/sh\n[ $1 = run ] && cat >${bin}/in\necho "$@" >>${bin}/arguments\n[ $CODE = hang ] && [ $1 = run ] && exec sleep 600\nexit $CODE\n`,
      );
      chmodSync(join(bin, "kubectl"), 0o755);
      const env = (code: string) => ({
        ...process.env,
        CODE: code,
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      });
      const lost = await call(["build", "dashboard"], env("0"));
      assert.equal(lost.status, 1);
      assert.match(lost.stderr, /expected it in the registry after the push, got none/);
      const files = execFileSync("tar", ["-tzf", join(bin, "in")]).toString();
      assert.match(files, /^apps\/dashboard\/package\.json$/m);
      assert.match(
        readFileSync(join(bin, "arguments"), "utf8"),
        /^run build-dashboard-\w+ --namespace mesh-six .*--stdin --rm/,
      );
      const failed = await call(["build", "dashboard"], env("3"));
      assert.equal(failed.status, 1);
      assert.match(failed.stderr, /^dashboard: building or pushing failed .*\n$/);
      rmSync(join(bin, "arguments"));
      const broken = spawn(process.execPath, command(["build", "dashboard"]), {
        env: env("hang"),
        stdio: "ignore",
      });
      const code = once(broken, "exit");
      while (!existsSync(join(bin, "arguments"))) await setTimeout(20);
      broken.kill("SIGTERM");
      assert.deepEqual(await code, [130, null]);
      const [ran, removed] = readFileSync(join(bin, "arguments"), "utf8").split("\n");
      const pod = /^run (\S+)/.exec(ran ?? "")?.[1] ?? "none";
      assert.match(removed ?? "", new RegExp(`^delete pod ${pod} --namespace mesh-six`));

      const tag = (await tags())["dashboard"]!;
      registry.put("mesh-six-dashboard", tag, "sha256:" + "b".repeat(64));
      rmSync(join(bin, "arguments"));
      const there = await call(["build", "dashboard"], env("3"));
      assert.equal(there.status, 0, there.stderr);
      assert.deepEqual(JSON.parse(there.stdout), {
        name: "dashboard",
        tag,
        digest: "sha256:" + "b".repeat(64),
      });
      assert.ok(!existsSync(join(bin, "arguments")), "an image that is there is not built again");
    } finally {
      rmSync(bin, { recursive: true });
    }
  });
});
