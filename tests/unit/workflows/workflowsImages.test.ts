import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { getEventListeners } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { imagesOf } from "../../../operations/images/catalogue.ts";
import { contentTag } from "../../../operations/images/contentTag.ts";
import { readTree } from "../../../operations/images/gitTree.ts";
import { buildImage, builderPod, contextArguments } from "../../../operations/images/kaniko.ts";
import { imageBuilder } from "../../../settings/release.ts";
import { Application } from "../../support/cluster/application.ts";

const place = (settings: object = {}) => ({
  repository: "registry.bto.bar/jaybrto/mesh-six-dashboard",
  tags: ["content-1", "latest"],
  builder: imageBuilder.parse(settings),
});

describe("the images", () => {
  let application: Application;
  before(() => {
    application = new Application();
  });
  after(() => application.remove());
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

  test("are not built without kubectl, which is named with its remedy", async () => {
    const at = await tree();
    const [image = assert.fail()] = imagesOf(at);
    const { signal } = new AbortController();
    const path = process.env["PATH"];
    const folder = mkdtempSync(join(tmpdir(), "mesh-six-images-"));
    const git = execFileSync("sh", ["-c", "command -v git"]).toString().trim();
    symlinkSync(git, join(folder, "git"));
    process.env["PATH"] = folder;
    try {
      await assert.rejects(buildImage(image, place(), at, signal), {
        message: `${image.name}: expected git and kubectl to start, got: spawn kubectl ENOENT; install kubectl`,
      });
      assert.equal(getEventListeners(signal, "abort").length, 0);
    } finally {
      process.env["PATH"] = path;
      rmSync(folder, { recursive: true });
    }
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

  test("are refused with the remedy where the folder is no checkout, or a name could not be an image's", async () => {
    await assert.rejects(readTree(tmpdir()), /^Error: --application .*: expected a git checkout/);
    application.commit({ "apps/$(evil)/package.json": "{}", "apps/$(evil)/src/index.ts": "" });
    const at = await tree();
    assert.throws(() => imagesOf(at), /expected a name of lower-case letters/);
    application.git("reset", "--quiet", "--hard", "HEAD^");
  });
});
