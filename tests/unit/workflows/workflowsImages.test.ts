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
import { builderPod, contextArguments } from "../../../operations/images/kaniko.ts";
import { imageBuilder } from "../../../settings/release.ts";
import { Application } from "../../support/cluster/application.ts";
import { fakeRegistry, type FakeRegistry } from "../../support/fakeRegistry.ts";

const place = (settings: object = {}) => ({
  repository: "registry.bto.bar/jaybrto/mesh-six-dashboard",
  tags: ["content-1", "latest"],
  builder: imageBuilder.parse(settings),
});

describe("the images", () => {
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
  const tree = () => readTree(application.folder);
  const tags = async () => {
    const at = await tree();
    return Object.fromEntries(imagesOf(at).map((image) => [image.name, contentTag(image, at)]));
  };

  test("are the agents by the Dockerfile of agents or their own, and the dashboard by ours", async () => {
    assert.deepEqual(
      imagesOf(await tree()).map(({ name, dockerfile, buildArguments }) => [
        name,
        dockerfile,
        ...buildArguments,
      ]),
      [
        ["dashboard", "images/dashboard/Dockerfile"],
        ["llm-service", "docker/Dockerfile.llm-service"],
        ["orchestrator", "docker/Dockerfile.agent", "AGENT_APP=orchestrator"],
        ["simple-agent", "docker/Dockerfile.agent", "AGENT_APP=simple-agent"],
      ],
    );
  });

  for (const [file, changed] of [
    ["apps/simple-agent/src/index.ts", ["simple-agent"]],
    ["packages/core/src/index.ts", ["dashboard", "llm-service", "orchestrator", "simple-agent"]],
    ["bun.lock", ["dashboard", "llm-service", "orchestrator", "simple-agent"]],
    ["docker/Dockerfile.agent", ["orchestrator", "simple-agent"]],
    ["docker/Dockerfile.llm-service", ["llm-service"]],
    // Only its Dockerfile copies it.
    ["docker/preload.sh", ["llm-service"]],
    // The lockfile is that of the workspace: the dashboard's installation reads every manifest.
    ["apps/orchestrator/package.json", ["dashboard", "orchestrator"]],
    ["README.md", []],
  ] as const) {
    test(`a change of ${file} changes the tag of ${changed.join(", ") || "none"}`, async () => {
      const earlier = await tags();
      application.commit({ [file]: `# changed\n${application.read(file)}` });
      const later = await tags();
      assert.deepEqual(
        Object.keys(later).filter((name) => later[name] !== earlier[name]),
        changed,
      );
    });
  }

  test("have a tag that uncommitted changes and another commit of the same content leave as it is", async () => {
    const earlier = await tags();
    writeFileSync(join(application.folder, "apps/simple-agent/src/index.ts"), "not committed");
    assert.deepEqual(await tags(), earlier);
    application.git("checkout", "--quiet", ".");
    application.git("commit", "--quiet", "--allow-empty", "--message=nothing");
    assert.deepEqual(await tags(), earlier);
  });

  test("are built from exactly the committed files that the tag is made from", async () => {
    const at = await tree();
    const files = (name: string) => {
      const image = imagesOf(at).find((each) => each.name === name) ?? assert.fail();
      const archive = execFileSync("git", contextArguments(image, at));
      const listed = execFileSync("tar", ["-tz"], { input: archive }).toString().trim().split("\n");
      return listed.filter((each) => !each.endsWith("/"));
    };
    const agent = files("simple-agent");
    assert.ok(
      agent.includes("apps/simple-agent/src/index.ts") && agent.includes("packages/core/src/index.ts"),
    );
    assert.ok(!agent.some((file) => /orchestrator|README|\.git\//.test(file)), agent.join("\n"));
    const page = files("dashboard");
    assert.ok(page.includes("images/dashboard/nginx.conf"), page.join("\n"));
    assert.ok(page.includes("images/dashboard/templates/dashboard.conf.template"));
    assert.ok(page.includes("apps/orchestrator/package.json"));
    assert.ok(!page.includes("apps/orchestrator/src/index.ts"));
  });

  test("are pushed with credentials that the builder gets as a file, and no argument holds", async () => {
    const [image = assert.fail()] = imagesOf(await tree());
    const { spec } = builderPod(image, place());
    const { args, volumeMounts, image: executor } = spec.containers[0] ?? assert.fail();
    assert.ok(args.includes("--destination=registry.bto.bar/jaybrto/mesh-six-dashboard:content-1"));
    assert.deepEqual(volumeMounts, [{ name: "registry", mountPath: "/kaniko/.docker", readOnly: true }]);
    assert.match(JSON.stringify(spec.volumes), /"secretName":"gitea-registry-secret"/);
    assert.doesNotMatch(args.join(" "), /password|token|secret/i);
    assert.match(executor, /^ghcr\.io\/osscontainertools\/kaniko:/);
  });

  test("take the builder's pull secrets, certificates, host aliases and resources from the settings", async () => {
    const [image = assert.fail()] = imagesOf(await tree());
    const { spec } = builderPod(
      image,
      place({
        executor: "mirror/kaniko:1",
        pullSecrets: ["mirror-login"],
        certificates: { configMap: "authorities" },
        hostAliases: { "10.1.2.3": ["registry.bto.bar"] },
        resources: { limits: { memory: "8Gi" } },
      }),
    );
    assert.deepEqual(spec.imagePullSecrets, [{ name: "mirror-login" }]);
    assert.deepEqual(spec.hostAliases, [{ ip: "10.1.2.3", hostnames: ["registry.bto.bar"] }]);
    assert.deepEqual(spec.containers[0]?.resources.limits, { memory: "8Gi" });
    assert.equal(spec.containers[0].image, "mirror/kaniko:1");
    assert.ok(spec.containers[0].volumeMounts.some(({ name }) => name === "certificates"));
  });

  const script = join(import.meta.dirname, "../../../operations/images.ts");
  const command = (args: readonly string[], text = registry.login) => {
    const login = join(application.folder, ".git/login.json");
    writeFileSync(login, text);
    const common = ["--application", application.folder, "--repository", `${registry.host}/mesh-six`];
    return [script, ...args, ...common, "--registry-config", login];
  };
  const call = (args: readonly string[], env: NodeJS.ProcessEnv = process.env, login?: string) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, command(args, login), { env });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
      child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });

  test("that the registry has are left out of the list; --all names them with their digest", async () => {
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

  test("a registry that refuses the login ends the list in one line", async () => {
    const login = registry.login.replace(/"auth":"[^"]*"/, '"auth":"bm86bm8="');
    const { status, stderr } = await call(["list"], process.env, login);
    assert.equal(status, 1);
    assert.match(stderr, /^127\.0\.0\.1:\d+\/mesh-six-\S+:content-\w+: .*got status 401; give a login.*\n$/);
  });

  test("reach the builder through kubectl's standard input, and the digest is printed; a build that fails says so, and one that is broken off leaves no Pod", async () => {
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

  test("are refused with the remedy where the folder is no checkout, or a name could not be an image's", async () => {
    await assert.rejects(readTree(tmpdir()), /^Error: --application .*: expected a git checkout/);
    application.commit({ "apps/$(evil)/package.json": "{}", "apps/$(evil)/src/index.ts": "" });
    const at = await tree();
    assert.throws(() => imagesOf(at), /expected a name of lower-case letters/);
    application.git("reset", "--quiet", "--hard", "HEAD^");
  });
});
