import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as github from "@pulumi/github";
import { LocalWorkspace, PulumiCommand, type UpResult } from "@pulumi/pulumi/automation/index.js";
import { engine, pulumiHome } from "../../../toolchain/parts/engine.ts";
import { officialPlugins } from "../../../toolchain/parts/plugins.ts";
import { emulator, token } from "./githubEmulatorSupport.ts";

const found = await engine.find();
const plugin = (await officialPlugins()).github;
const skip = found
  ? plugin
    ? false
    : "the official GitHub plugin is not installed"
  : "no Pulumi engine is here yet";

const url = "https://mesh-six.bto.bar/webhooks/github";

/** A program for `@pulumi/github`; `baseUrl` is the emulator, as a GitHub Enterprise Server would be. */
function program(baseUrl: string, description: string, secret: string) {
  return (): Promise<void> => {
    const provider = new github.Provider("emulator", {
      baseUrl: `${baseUrl}/`,
      owner: "bto-labs",
      token,
      writeDelayMs: 0,
    });
    new github.Repository(
      "repository",
      { name: "gwa-test-app", description, visibility: "public", autoInit: true, topics: ["a", "b"] },
      { provider },
    );
    new github.OrganizationWebhook(
      "hook",
      {
        events: ["projects_v2_item"],
        active: true,
        configuration: { url, contentType: "json", insecureSsl: false, secret },
      },
      { provider },
    );
    return Promise.resolve();
  };
}

function changes({ summary }: Pick<UpResult, "summary">): Record<string, number | undefined> {
  return { ...summary.resourceChanges };
}

void test(
  "the official plugin creates, finds unchanged, refreshes, updates and deletes",
  { skip },
  async (t) => {
    const e = await emulator(t);
    const directory = await mkdtemp(join(tmpdir(), "github-plugin-"));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const bin = join(directory, "bin");
    await mkdir(bin);
    await symlink(found?.command ?? "", join(bin, "pulumi"));
    const dynamic = dirname(fileURLToPath(import.meta.resolve("@pulumi/pulumi/package.json")));
    const before = process.env.PATH ?? "";
    process.env.PATH = [bin, dynamic, before].join(delimiter);
    t.after(() => (process.env.PATH = before));
    const stackWith = async (description: string, secret: string) =>
      LocalWorkspace.createOrSelectStack(
        { stackName: "test", projectName: "test", program: program(e.github.url, description, secret) },
        {
          workDir: directory,
          pulumiCommand: await PulumiCommand.get({ skipVersionCheck: true }),
          envVars: {
            PULUMI_BACKEND_URL: `file://${directory}`,
            PULUMI_HOME: pulumiHome(),
            PULUMI_CONFIG_PASSPHRASE: "x",
            PULUMI_SKIP_UPDATE_CHECK: "1",
          },
        },
      );

    const first = await stackWith("Bookmarks manager", "first");
    assert.deepEqual(changes(await first.up()), { create: 4 });
    const { body: made } = await e.rest<{ description: string; topics: string[] }>(
      "GET",
      "/repos/bto-labs/gwa-test-app",
    );
    assert.deepEqual([made.description, made.topics], ["Bookmarks manager", ["a", "b"]]);
    const { body: hooks } = await e.rest<{ config: { url: string } }[]>("GET", "/orgs/bto-labs/hooks");
    assert.deepEqual(
      hooks.map(({ config }) => config.url),
      [url],
    );

    assert.deepEqual(changes(await first.up()), { same: 4 });
    assert.deepEqual(changes(await first.refresh()), { same: 4 });

    await e.rest("PATCH", "/repos/bto-labs/gwa-test-app", { description: "edited by hand" });
    assert.deepEqual(changes(await first.refresh()), { same: 3, update: 1 });

    const second = await stackWith("Bookmarks manager, again", "second");
    assert.deepEqual(changes(await second.up()), { same: 2, update: 2 });
    const { body: updated } = await e.rest<{ description: string }>("GET", "/repos/bto-labs/gwa-test-app");
    assert.equal(updated.description, "Bookmarks manager, again");
    assert.deepEqual(changes(await second.up()), { same: 4 });

    await second.destroy();
    assert.equal((await e.rest("GET", "/repos/bto-labs/gwa-test-app")).status, 404);
    assert.deepEqual((await e.rest("GET", "/orgs/bto-labs/hooks")).body, []);
  },
);
