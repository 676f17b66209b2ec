import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ContentsInputs } from "../../../providers/repositoryContents/model.ts";
import { check, create, diff, read, update } from "../../../providers/repositoryContents/provider.ts";
import { templateDigest } from "../../../providers/repositoryContents/template.ts";
import { boardInputs } from "../../support/github/boards.ts";
import { contentsInputs } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("the content of a repository besides the template", () => {
  let github: TestGitHub;
  let root: string;
  before(async () => {
    github = await testGitHub();
    root = await mkdtemp(join(tmpdir(), "mesh-six-template-"));
  });
  after(async () => {
    await github.close();
    await rm(root, { recursive: true });
  });

  const call = <T>(repository: string, method: string, path: string, body?: object) =>
    github.rest<T>(method, `/repos/${repository}/${path}`, body);

  /** Inputs for a new repository, with a template of these files. */
  async function inputsOf(
    name: string,
    files: Readonly<Record<string, string>>,
    change: Partial<ContentsInputs> = {},
  ): Promise<ContentsInputs> {
    const { repository } = await boardInputs(github, name);
    return contentsInputs(github, repository, { ...(await templateOf(name, files)), ...change });
  }

  async function templateOf(name: string, files: Readonly<Record<string, string>>) {
    const folder = join(root, name);
    await rm(folder, { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    // The provider joins a template's path to the project's.
    const up = "../".repeat(process.cwd().split("/").length);
    return { template: join(up, folder), digest: templateDigest(folder) };
  }

  async function textOf(repository: string, path: string, branch = "main"): Promise<string> {
    const file = await call<{ content: string }>(repository, "GET", `contents/${path}?ref=${branch}`);
    return Buffer.from(file.content, "base64").toString();
  }

  const put = async (repository: string, path: string, text: string) => {
    const found = await call<{ sha: string }>(repository, "GET", `contents/${path}`).catch(() => undefined);
    await call(repository, "PUT", `contents/${path}`, {
      message: `people wrote ${path}`,
      content: Buffer.from(text).toString("base64"),
      ...(found && { sha: found.sha }),
    });
  };

  /** A commit without a parent, of the tree that the branch main has. */
  async function onlyCommit(repository: string): Promise<string> {
    const { object } = await call<{ object: { sha: string } }>(repository, "GET", "git/ref/heads/main");
    const head = await call<{ tree: { sha: string } }>(repository, "GET", `git/commits/${object.sha}`);
    const made = { message: "all in one", tree: head.tree.sha, parents: [] };
    return (await call<{ sha: string }>(repository, "POST", "git/commits", made)).sha;
  }

  test("stays when people have made one commit of the whole history, and the template changes", async () => {
    const inputs = await inputsOf("squashed", { "theirs.txt": "1\n", "ours.txt": "1\n" });
    const { id, outs } = await create(inputs);
    await put(inputs.repository, "theirs.txt", "people's\n");
    const sha = await onlyCommit(inputs.repository);
    await call(inputs.repository, "PATCH", "git/refs/heads/main", { sha, force: true });

    const changed = await templateOf("squashed", { "theirs.txt": "2\n", "ours.txt": "2\n" });
    await update(id, outs, { ...inputs, ...changed });
    assert.equal(await textOf(inputs.repository, "theirs.txt"), "people's\n");
    assert.equal(await textOf(inputs.repository, "ours.txt"), "2\n");
  });

  test("stays through every later change of the template, what people deleted too", async () => {
    const first = { "theirs.txt": "1\n", "deleted.txt": "1\n", "ours.txt": "1\n" };
    const inputs = await inputsOf("changed-often", first);
    const created = await create(inputs);
    await put(inputs.repository, "theirs.txt", "people's\n");
    const { sha } = await call<{ sha: string }>(inputs.repository, "GET", "contents/deleted.txt");
    await call(inputs.repository, "DELETE", "contents/deleted.txt", { message: "people's", sha });

    let { outs } = created;
    for (const text of ["2\n", "3\n", "4\n"]) {
      const files = { "theirs.txt": text, "deleted.txt": text, "ours.txt": text };
      const news = { ...inputs, ...(await templateOf("changed-often", files)) };
      ({ outs } = await update(created.id, outs, news));
      assert.equal(await textOf(inputs.repository, "theirs.txt"), "people's\n");
      await assert.rejects(textOf(inputs.repository, "deleted.txt"), /404/);
      assert.equal(await textOf(inputs.repository, "ours.txt"), text);
    }
  });

  test("stays when it was adopted and the template changes afterwards", async () => {
    const inputs = await inputsOf("adopted-first", { "theirs.txt": "1\n", "ours.txt": "1\n" });
    await put(inputs.repository, "theirs.txt", "people's\n");
    const { id, outs } = await create({ ...inputs, adopt: true });
    const changed = await templateOf("adopted-first", { "theirs.txt": "2\n", "ours.txt": "2\n" });
    await update(id, outs, { ...inputs, ...changed });
    assert.equal(await textOf(inputs.repository, "theirs.txt"), "people's\n");
    assert.equal(await textOf(inputs.repository, "ours.txt"), "2\n");
  });

  test("gets nothing at a take-over but what the preview has named", async (t) => {
    const files = { "theirs.txt": "1\n", "ours.txt": "1\n", "more.txt": "1\n" };
    const inputs = await inputsOf("named", files, { adopt: true });
    const { repository } = inputs;
    await put(repository, "theirs.txt", "people's\n");
    const told = t.mock.method(console, "log", () => undefined);
    assert.deepEqual((await check({}, inputs)).failures, []);
    const lines = told.mock.calls.map((call) => String(call.arguments[0]));
    const people = `repository ${repository}, which people made:`;
    const named = ["one commit on main adds more.txt, ours.txt", "the tag baseline is made"];
    assert.deepEqual(
      lines,
      named.map((line) => `${people} ${line}`),
    );
    told.mock.resetCalls();
    const { outs } = await create(inputs);
    assert.equal(await textOf(repository, "theirs.txt"), "people's\n");
    await check(outs, inputs);
    await check({}, inputs);
    assert.equal(told.mock.callCount(), 0, "nothing is left to add");

    const [failure] = (await check({}, { ...inputs, branch: "trunk" })).failures;
    assert.match(failure?.reason ?? "", /expected the branch trunk, got main as the default branch; set/);
  });

  test("is refused by name on a branch of one commit that is not what GitHub puts into a new repository", async () => {
    const inputs = await inputsOf("orphaned", { "a.txt": "ours\n" });
    await put(inputs.repository, "a.txt", "people's\n");
    const sha = await onlyCommit(inputs.repository);
    await call(inputs.repository, "POST", "git/refs", { ref: "refs/heads/dev", sha });
    await assert.rejects(create({ ...inputs, branch: "dev" }), /a\.txt on dev differ from the template/);
    assert.equal(await textOf(inputs.repository, "a.txt", "dev"), "people's\n");
  });

  test("is refused where a file stands in the place of a folder, and with adopt left, with the rest seeded", async () => {
    const inputs = await inputsOf("clashing", { "src/deep/index.ts": "1\n", "a.txt": "1\n" });
    await put(inputs.repository, "src", "a file\n");
    await assert.rejects(create(inputs), /: src on main differ from the template/);
    await create({ ...inputs, adopt: true });
    assert.equal(await textOf(inputs.repository, "src"), "a file\n");
    assert.equal(await textOf(inputs.repository, "a.txt"), "1\n");
  });

  test("is on the branch the entry names: in a new repository that gets its name, also by a lost answer", async () => {
    const inputs = await inputsOf("developed", { "a.txt": "1\n" }, { branch: "develop" });
    const rename = { method: "POST", path: "/branches/main/rename$" };
    await github.faults([{ match: rename, action: { kind: "drop", after: true } }]);
    const { outs } = await create(inputs);
    assert.equal(outs.tagCommit, outs.commit);
    assert.equal(await textOf(inputs.repository, "a.txt", "develop"), "1\n");
    const branches = await call<readonly { name: string }[]>(inputs.repository, "GET", "branches");
    assert.deepEqual(
      branches.map(({ name }) => name),
      ["develop"],
    );
  });

  test("is gone with the repository: a refresh sees it, and an update says so", async () => {
    const inputs = await inputsOf("deleted", { "a.txt": "1\n" });
    const { id, outs } = await create(inputs);
    await github.rest("DELETE", `/repos/${inputs.repository}`);
    assert.deepEqual(await read(id, outs), { id: "" });
    await assert.rejects(
      update(id, outs, inputs),
      /bto-labs\/deleted: the repository is not there, or hidden/,
    );
  });

  test("is none in a repository made again under the name, which a refresh sees and an update seeds", async () => {
    const inputs = await inputsOf("made-anew", { "README.md": "ours\n", "a.txt": "1\n" });
    const { id, outs } = await create(inputs);
    await github.rest("DELETE", `/repos/${inputs.repository}`);
    await github.rest("POST", "/orgs/bto-labs/repos", { name: "made-anew", auto_init: true });
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.equal((await diff(id, seen.props, inputs)).changes, true);
    const { outs: again } = await update(id, seen.props, inputs);
    const heads = `/repos/${inputs.repository}/git/ref/heads/main`;
    const { object: head } = await github.rest<{ object: { sha: string } }>("GET", heads);
    assert.deepEqual([again.commit, again.tagCommit, again.theirs], [head.sha, head.sha, undefined]);
    assert.equal((await diff(id, again, inputs)).changes, false);
  });

  test("can have its branch renamed: a message says so, it stays so, and the entry can follow", async (t) => {
    const inputs = await inputsOf("renamed", { "a.txt": "1\n" });
    const { id, outs } = await create(inputs);
    await call(inputs.repository, "POST", "branches/main/rename", { new_name: "trunk" });
    const seen = await read(id, outs);
    assert.ok("props" in seen);
    assert.deepEqual(await read(id, seen.props), seen);
    const told = t.mock.method(console, "log", () => undefined);
    assert.equal((await diff(id, seen.props, inputs)).changes, true);
    assert.match(
      String(told.mock.calls[0]?.arguments[0]),
      /its default branch was changed by hand from main to trunk; it stays so, and defaultBranch .* says main/,
    );
    const { outs: noted } = await update(id, seen.props, inputs);
    assert.equal((await diff(id, noted, inputs)).changes, false);
    assert.deepEqual(await read(id, noted), { id, props: noted });
    await assert.rejects(
      update(id, outs, inputs),
      /got trunk as the default branch; set defaultBranch to it/,
    );
    const { outs: followed } = await create({ ...inputs, branch: "trunk" });
    assert.deepEqual(followed, { ...outs, branch: "trunk" });
    assert.deepEqual(
      (await github.rest<{ default_branch: string }>("GET", `/repos/${inputs.repository}`)).default_branch,
      "trunk",
    );
  });

  test("keeps the names of its branches: another one is refused, with the one that is there", async () => {
    const inputs = await inputsOf("worked-in", { "a.txt": "1\n" }, { branch: "develop" });
    await put(inputs.repository, "b.txt", "people's\n");
    for (const adopt of [false, true]) {
      await assert.rejects(
        create({ ...inputs, adopt }),
        /expected the branch develop, got main as the default branch; set defaultBranch to it, or make develop/,
      );
    }
    const adopted = await inputsOf("adopted", { "a.txt": "1\n" }, { branch: "develop", adopt: true });
    await assert.rejects(create(adopted), /got main as the default branch/);
  });
});
