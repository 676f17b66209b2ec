import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { imagesOf } from "../../../operations/images/catalogue.ts";
import { builderPod, contextArguments } from "../../../operations/images/kaniko.ts";

const place = {
  repository: "registry.bto.bar/jaybrto/mesh-six",
  tags: ["latest", "abc1234"],
  namespace: "mesh-six",
  credentials: "gitea-registry-secret",
  executor: "kaniko:1",
};

describe("the images", () => {
  let application: string;
  before(() => {
    application = mkdtempSync(join(tmpdir(), "mesh-six-application-"));
    for (const file of [
      "docker/Dockerfile.agent",
      "apps/simple-agent/package.json",
      "apps/simple-agent/src/index.ts",
      "apps/simple-agent/node_modules/x/index.js",
      "apps/dashboard/package.json",
      "apps/notes/README.md",
      "packages/core/package.json",
      ".git/HEAD",
    ]) {
      mkdirSync(dirname(join(application, file)), { recursive: true });
      writeFileSync(join(application, file), "");
    }
  });
  after(() => rmSync(application, { recursive: true }));

  test("are the agents by the application's Dockerfile, and the dashboard by ours", () => {
    assert.deepEqual(
      imagesOf(application).map(({ name, dockerfile, buildArguments }) => [
        name,
        dockerfile,
        ...buildArguments,
      ]),
      [
        ["dashboard", "images/dashboard/Dockerfile"],
        ["simple-agent", "docker/Dockerfile.agent", "AGENT_APP=simple-agent"],
      ],
    );
  });

  test("are built from the whole application without history, the dashboard's with our folder over it", () => {
    const [dashboard, agent] = imagesOf(application);
    const files = (image: typeof agent) => {
      assert.ok(image);
      const archive = execFileSync("tar", contextArguments(image, application));
      return execFileSync("tar", ["-tz"], { input: archive }).toString().split("\n");
    };
    const own = files(agent);
    assert.ok(own.includes("./apps/simple-agent/src/index.ts"));
    assert.ok(own.includes("./packages/core/package.json"));
    assert.ok(!own.some((file) => file.includes(".git") || file.includes("node_modules")), own.join("\n"));
    assert.ok(files(dashboard).includes("images/dashboard/nginx.conf"));
  });

  test("are pushed with credentials that the builder gets as a file, and no argument holds", () => {
    const [image] = imagesOf(application);
    assert.ok(image);
    const { spec } = builderPod(image, place);
    const { args, volumeMounts } = spec.containers[0] ?? assert.fail();
    assert.ok(args.includes("--destination=registry.bto.bar/jaybrto/mesh-six-dashboard:abc1234"));
    assert.deepEqual(volumeMounts, [{ name: "registry", mountPath: "/kaniko/.docker", readOnly: true }]);
    assert.equal(spec.volumes[0]?.secret.secretName, "gitea-registry-secret");
    assert.doesNotMatch(args.join(" "), /password|token|secret/i);
  });

  test("reach the builder through kubectl's standard input, and a build that fails is told as such, and one that is broken off leaves no Pod", async () => {
    const bin = mkdtempSync(join(tmpdir(), "mesh-six-kubectl-"));
    try {
      // Stands for the cluster: keeps what it is given, and ends as it is told.
      writeFileSync(
        join(bin, "kubectl"),
        `#!/bin/sh\n[ $1 = run ] && cat >${bin}/in\necho "$@" >>${bin}/arguments\n[ $CODE = hang ] && [ $1 = run ] && exec sleep 600\nexit $CODE\n`,
      );
      chmodSync(join(bin, "kubectl"), 0o755);
      const script = join(import.meta.dirname, "../../../operations/images.ts");
      const call = [script, "build", "dashboard", "--application", application];
      const env = (code: string) => ({
        ...process.env,
        CODE: code,
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      });
      const build = (code: number) => spawnSync(process.execPath, call, { env: env(String(code)) });
      const done = build(0);
      assert.equal(done.status, 0, done.stderr.toString());
      const files = execFileSync("tar", ["-tzf", join(bin, "in")]).toString();
      assert.match(files, /^\.\/apps\/simple-agent\/src\/index\.ts$/m);
      assert.match(files, /^images\/dashboard\/Dockerfile$/m);
      assert.match(
        readFileSync(join(bin, "arguments"), "utf8"),
        /^run build-dashboard-\w+ --namespace mesh-six .*--stdin --rm/,
      );
      const failed = build(3);
      assert.equal(failed.status, 1);
      assert.match(failed.stderr.toString(), /^dashboard: building or pushing failed .*\n$/);
      rmSync(join(bin, "arguments"));
      const broken = spawn(process.execPath, call, { env: env("hang"), stdio: "ignore" });
      const code = once(broken, "exit");
      while (!existsSync(join(bin, "arguments"))) await setTimeout(20);
      broken.kill("SIGTERM");
      assert.deepEqual(await code, [130, null]);
      const [ran, removed] = readFileSync(join(bin, "arguments"), "utf8").split("\n");
      const pod = /^run (\S+)/.exec(ran ?? "")?.[1] ?? "none";
      assert.match(removed ?? "", new RegExp(`^delete pod ${pod} --namespace mesh-six`));
    } finally {
      rmSync(bin, { recursive: true });
    }
  });

  test("are refused with what to do where the folder is no checkout, or a name could not be an image's", () => {
    assert.throws(() => imagesOf(join(application, "apps")), /^Error: --application: expected a checkout/);
    mkdirSync(join(application, "apps/$(evil)"));
    writeFileSync(join(application, "apps/$(evil)/package.json"), "");
    mkdirSync(join(application, "apps/$(evil)/src"));
    writeFileSync(join(application, "apps/$(evil)/src/index.ts"), "");
    assert.throws(() => imagesOf(application), /expected a name of lower-case letters/);
  });
});
