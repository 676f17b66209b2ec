import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { create, diff, update } from "../../../providers/repositoryContents/provider.ts";
import { templateDigest, templateFiles } from "../../../providers/repositoryContents/template.ts";
import { boardInputs } from "../../support/github/boards.ts";
import { contentsInputs, contentsSeen } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("a template's modes and links", () => {
  let github: TestGitHub;
  let root: string;
  let made = 0;
  before(async () => {
    github = await testGitHub();
    root = await mkdtemp(join(tmpdir(), "mesh-six-modes-"));
  });
  after(async () => {
    await github.close();
    await rm(root, { recursive: true });
  });

  async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(root, `template-${(made += 1)}`);
    await mkdir(folder);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return folder;
  }

  async function inputsOf(folder: string) {
    const { repository } = await boardInputs(github, `modes-${made}`);
    const up = "../".repeat(process.cwd().split("/").length);
    return contentsInputs(github, repository, { template: join(up, folder), digest: templateDigest(folder) });
  }

  /** Path → mode and id, by the REST route. */
  async function treeSeen(repository: string) {
    const { tree } = await github.rest<{ tree: readonly { path: string; type: string; mode: string }[] }>(
      "GET",
      `/repos/${repository}/git/trees/main?recursive=1`,
    );
    const files = tree.filter(({ type, path }) => type === "blob" && path !== "README.md");
    return Object.fromEntries(files.map(({ path, mode }) => [path, mode]));
  }

  test("arrive as they are: executable files, links to files and folders, and bytes that are no text", async () => {
    const folder = await folderOf({ "bin/run": "#!/bin/sh\n", "data/a.txt": "a\n" });
    await chmod(join(folder, "bin/run"), 0o755);
    await symlink("../data/a.txt", join(folder, "bin/a-link"));
    await symlink("data", join(folder, "folder-link"));
    await writeFile(join(folder, "pixel.bin"), Buffer.from([0xff, 0x00, 0xfe]));
    const inputs = await inputsOf(folder);
    const { outs } = await create(inputs);
    assert.deepEqual(await treeSeen(inputs.repository), {
      "bin/a-link": "120000",
      "bin/run": "100755",
      "data/a.txt": "100644",
      "folder-link": "120000",
      "pixel.bin": "100644",
    });
    const seen = await contentsSeen(github, inputs.repository);
    const expected = templateFiles(folder).map(({ path, oid }) => [path, oid]);
    seen.files.delete("README.md");
    assert.deepEqual([...seen.files].sort(), expected);
    assert.deepEqual([seen.commits.length, seen.tag], [2, outs.commit]);
    assert.deepEqual((await create(inputs)).outs, outs);
    assert.equal((await contentsSeen(github, inputs.repository)).commits.length, 2);
  });

  test("follow the template when a file becomes executable", async () => {
    const folder = await folderOf({ "run.sh": "#!/bin/sh\n", "b.txt": "b\n" });
    const inputs = await inputsOf(folder);
    const { id, outs } = await create(inputs);
    await chmod(join(folder, "run.sh"), 0o755);
    const news = { ...inputs, digest: templateDigest(folder) };
    assert.equal((await diff(id, outs, news)).changes, true);
    const { outs: updated } = await update(id, outs, news);
    assert.deepEqual(await treeSeen(inputs.repository), { "b.txt": "100644", "run.sh": "100755" });
    assert.equal((await diff(id, updated, news)).changes, false);
  });

  test("are made by one commit after a lost answer too", async () => {
    for (const path of ["/git/trees$", "/git/commits$", "/git/refs/heads/main$"]) {
      const folder = await folderOf({ "run.sh": "#!/bin/sh\n" });
      await chmod(join(folder, "run.sh"), 0o755);
      const inputs = await inputsOf(folder);
      await github.faults([{ match: { path }, action: { kind: "drop", after: true } }]);
      const { outs } = await create(inputs);
      const seen = await contentsSeen(github, inputs.repository);
      assert.deepEqual([seen.commits.length, seen.tag], [2, outs.commit], path);
    }
  });

  test("are refused by name where they lead out of the template", async () => {
    for (const target of ["/etc/passwd", "../../secrets", ".."]) {
      const folder = await folderOf({ "a.txt": "a\n" });
      await symlink(target, join(folder, "leads-out"));
      assert.throws(() => templateDigest(folder), /got leads-out, which leads out of it/);
    }
  });
});

describe("files of a template's folder that a repository does not get", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "mesh-six-ignored-"));
  });
  after(() => rm(root, { recursive: true }));

  test("are those that .gitignore files ignore by git's rules, and .env files", async () => {
    const files: Readonly<Record<string, boolean>> = {
      ".gitignore": true,
      "kept.txt": true,
      ".env": false,
      ".env.local": false,
      "sub/.env.production": false,
      ".ENV": false,
      ".Env.Local": false,
      ".env~": false,
      ".env-staging": false,
      ".envrc": false,
      ".env.d/production": false,
      ".env.example": true,
      ".env.local.example": true,
      ".envrc.md": true,
      ".environment": true,
      "dist/app.js": false,
      "sub/dist/app.js": false,
      "build/out.txt": false,
      "sub/build/out.txt": true,
      "a.log": false,
      "sub/b.log": true,
      "sub/c.log": false,
      "important.log": true,
      "sub/.gitignore": true,
      "sub/only-here.txt": false,
      "only-here.txt": true,
      "docs/private/x/y.md": false,
      "docs/public/y.md": true,
      "file-1.tmp": false,
      "file-a.tmp": true,
      "#hash": false,
      "node_modules/x/index.js": false,
    };
    const folder = join(root, "template");
    for (const path of Object.keys(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), path);
    }
    await writeFile(
      join(folder, ".gitignore"),
      "# comment\ndist/\n/build\n*.log\n!important.log\ndocs/**/private/\nfile-[0-9].tmp\n\\#hash\n!.env\n",
    );
    // With a byte order mark and Windows' line ends, as some editors write it.
    await writeFile(join(folder, "sub/.gitignore"), "\ufeffonly-here.txt\r\n!b.log\r\n");
    assert.deepEqual(
      templateFiles(folder).map(({ path }) => path),
      Object.keys(files)
        .filter((path) => files[path])
        .sort(),
    );
  });

  test("are the template's own .git; a repository within it is refused by name", async () => {
    const folder = join(root, "with-submodule");
    await mkdir(join(folder, ".git"), { recursive: true });
    await writeFile(join(folder, ".git/config"), "");
    await writeFile(join(folder, "a.txt"), "a\n");
    assert.deepEqual(
      templateFiles(folder).map(({ path }) => path),
      ["a.txt"],
    );
    await mkdir(join(folder, "libs/shared"), { recursive: true });
    await writeFile(join(folder, "libs/shared/.git"), "gitdir: ../../.git/modules/shared\n");
    assert.throws(
      () => templateDigest(folder),
      /got libs\/shared, which is a repository of its own; take its/,
    );
  });

  test("are none of our own template, whose digest stays as it was", () => {
    assert.deepEqual(
      templateFiles("templates/gwa-test-app").map(({ path }) => path),
      [
        ".gitignore",
        "CLAUDE.md",
        "package.json",
        "playwright.config.ts",
        "src/index.ts",
        "tests/smoke.spec.ts",
      ],
    );
    // As it was taken before modes were kept: no stack sees a change.
    const before = createHash("sha256");
    for (const { path, oid } of templateFiles("templates/gwa-test-app")) before.update(`${oid} ${path}\n`);
    assert.equal(templateDigest("templates/gwa-test-app"), before.digest("hex").slice(0, 16));
  });
});
