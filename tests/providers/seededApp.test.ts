import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { create } from "../../providers/repositoryContents/provider.ts";
import { boardInputs } from "../support/github/boards.ts";
import { installBun } from "../support/bun.ts";
import { contentsInputs, contentsSeen } from "../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../support/github/testGitHub.ts";
import { freePort } from "../support/postgres/postgres.ts";

const run = promisify(execFile);

describe("the app a repository is seeded with", () => {
  let github: TestGitHub;
  let folder: string;
  let repository: string;
  before(async () => {
    github = await testGitHub();
    folder = await mkdtemp(join(tmpdir(), "mesh-six-seeded-"));
    ({ repository } = await boardInputs(github, "gwa-test-app"));
    await create(contentsInputs(github, repository));
  });
  after(async () => {
    await github.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("installs, starts and passes its own smoke test", async (t) => {
    const bun = await installBun(join(folder, "bun")).catch((error: unknown) => {
      if (process.env["MESH_SIX_REQUIRE_BUN"]) throw error;
      t.skip(`Bun cannot be had from npm here: ${String(error)}`);
    });
    if (bun === undefined) return;
    const app = join(folder, "app");
    await checkOut("baseline", app);
    const env = {
      ...process.env,
      PATH: [bun, process.env["PATH"]].join(delimiter),
      PORT: String(await freePort()),
    };
    delete (env as NodeJS.ProcessEnv)["BASE_URL"];
    await run("bun", ["install"], { cwd: app, env });
    const { stdout } = await run("bun", ["run", "test"], { cwd: app, env });
    assert.match(stdout, /\b3 passed\b/);
  });

  test("is what a test run gets back by resetting the branch to the tag", async () => {
    const seeded = await contentsSeen(github, repository);
    await github.rest("PUT", `/repos/${repository}/contents/src/feature.ts`, {
      message: "what a test run made",
      content: Buffer.from("export {};\n").toString("base64"),
    });
    const made = await contentsSeen(github, repository);
    assert.ok(made.files.has("src/feature.ts"));
    assert.equal(made.tag, seeded.tag);
    const { object } = await github.rest<{ object: { sha: string } }>(
      "GET",
      `/repos/${repository}/git/ref/tags/baseline`,
    );
    await github.rest("PATCH", `/repos/${repository}/git/refs/heads/main`, {
      sha: object.sha,
      force: true,
    });
    assert.deepEqual(await contentsSeen(github, repository), seeded);
  });

  /** Writes the repository's files at a revision, as GitHub gives them. */
  async function checkOut(revision: string, target: string): Promise<void> {
    const { tree } = await github.rest<{ tree: readonly { path: string; type: string; sha: string }[] }>(
      "GET",
      `/repos/${repository}/git/trees/${revision}?recursive=1`,
    );
    for (const { path, type, sha } of tree) {
      if (type !== "blob") continue;
      const { content } = await github.rest<{ content: string }>(
        "GET",
        `/repos/${repository}/git/blobs/${sha}`,
      );
      await mkdir(dirname(join(target, path)), { recursive: true });
      await writeFile(join(target, path), Buffer.from(content, "base64"));
    }
  }
});
