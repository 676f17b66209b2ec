import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { GitHub } from "../../../lib/github/client.ts";
import { convergeContents } from "../../../providers/repositoryContents/convergeContents.ts";
import {
  check,
  create,
  delete as remove,
  diff,
  read,
  update,
} from "../../../providers/repositoryContents/provider.ts";
import { templateDigest, templateFiles } from "../../../providers/repositoryContents/template.ts";
import { boardInputs } from "../../support/github/boards.ts";
import { contentsInputs, contentsSeen } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const template = "templates/gwa-test-app";

describe("a repository's first contents", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  /** A repository with auto_init's one commit. */
  const repository = async (name: string) => (await boardInputs(github, name)).repository;

  const put = (name: string, path: string, text: string, sha?: string) =>
    github.rest("PUT", `/repos/${name}/contents/${path}`, {
      message: `people wrote ${path}`,
      content: Buffer.from(text).toString("base64"),
      ...(sha === undefined ? {} : { sha }),
    });

  test("are the template's files in one commit with the tag on it, by three requests", async () => {
    const name = await repository("seeded");
    await github.requests();
    await create(contentsInputs(github, name));
    assert.equal(await github.requests(), 3);

    const seen = await contentsSeen(github, name);
    assert.equal(seen.commits.length, 2);
    assert.equal(seen.tag, seen.commits[0]);
    seen.files.delete("README.md");
    const expected = new Map(templateFiles(template).map(({ path, oid }) => [path, oid]));
    assert.deepEqual(new Map([...seen.files].sort()), expected);
  });

  test("cost three requests for a hundred files too", async () => {
    const root = await mkdtemp(join(tmpdir(), "mesh-six-template-"));
    try {
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => writeFile(join(root, `file-${i}.txt`), `text ${i}\n`)),
      );
      const name = await repository("hundred");
      await github.requests();
      await create(
        contentsInputs(github, name, { template: relativeToProject(root), digest: templateDigest(root) }),
      );
      assert.equal(await github.requests(), 3);
      assert.equal((await contentsSeen(github, name)).files.size, 101);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  test("are found by a second create, and cost nothing when nothing changes", async () => {
    const inputs = contentsInputs(github, await repository("twice"));
    const first = await create(inputs);
    assert.deepEqual(await create(inputs), first);
    assert.equal((await contentsSeen(github, inputs.repository)).commits.length, 2);
    await github.requests();
    await check(first.outs, inputs);
    assert.equal((await diff(first.id, first.outs, inputs)).changes, false);
    assert.equal(await github.requests(), 0);
  });

  test("leave what people wrote alone: refused by name, or with adopt left as it is", async () => {
    const name = await repository("theirs");
    await put(name, "package.json", "{}\n");
    const before = await contentsSeen(github, name);
    await assert.rejects(create(contentsInputs(github, name)), /package\.json on main differ/);
    assert.deepEqual(await contentsSeen(github, name), before);

    await create(contentsInputs(github, name, { adopt: true }));
    const after = await contentsSeen(github, name);
    assert.equal(after.files.get("package.json"), before.files.get("package.json"));
    assert.ok(after.files.has("src/index.ts"));
  });

  test("follow the template where people changed nothing, and the tag stays", async () => {
    const inputs = contentsInputs(github, await repository("followed"));
    const { id, outs } = await create(inputs);
    const seeded = await contentsSeen(github, inputs.repository);
    await put(inputs.repository, "CLAUDE.md", "ours now\n", seeded.files.get("CLAUDE.md"));
    const theirs = (await contentsSeen(github, inputs.repository)).files.get("CLAUDE.md");

    await withTemplate(async (root) => {
      await writeFile(join(root, "CLAUDE.md"), "a new template\n");
      await writeFile(join(root, ".gitignore"), "everything/\n");
      await writeFile(join(root, "NEW.md"), "new\n");
      const news = { ...inputs, template: relativeToProject(root), digest: templateDigest(root) };
      assert.equal((await diff(id, outs, news)).changes, true);
      const updated = await update(id, outs, news);
      const after = await contentsSeen(github, inputs.repository);
      assert.equal(after.files.get("CLAUDE.md"), theirs);
      assert.notEqual(after.files.get(".gitignore"), seeded.files.get(".gitignore"));
      assert.ok(after.files.has("NEW.md"));
      assert.equal(after.tag, seeded.tag);
      assert.equal((await diff(id, updated.outs, news)).changes, false);
    });
  });

  test("become again what the template was once", async () => {
    const inputs = contentsInputs(github, await repository("to-and-fro"));
    const { id, outs } = await create(inputs);
    const seeded = await contentsSeen(github, inputs.repository);
    await withTemplate(async (root) => {
      await writeFile(join(root, "CLAUDE.md"), "for a while\n");
      const other = { ...inputs, template: relativeToProject(root), digest: templateDigest(root) };
      const { outs: changed } = await update(id, outs, other);
      const between = await contentsSeen(github, inputs.repository);
      assert.notEqual(between.files.get("CLAUDE.md"), seeded.files.get("CLAUDE.md"));
      const { outs: back } = await update(id, changed, inputs);
      const after = await contentsSeen(github, inputs.repository);
      assert.deepEqual(after.files, seeded.files);
      assert.equal(after.tag, seeded.tag);
      assert.equal(back.commit, after.commits[0]);
    });
  });

  test("may have a README, which stands in the place of the one that GitHub puts into a new repository", async () => {
    await withTemplate(async (root) => {
      await writeFile(join(root, "README.md"), "# Ours\n");
      const change = { template: relativeToProject(root), digest: templateDigest(root) };
      const ours = await repository("with-readme");
      await create(contentsInputs(github, ours, change));
      const { oid } = templateFiles(root).find(({ path }) => path === "README.md") ?? {};
      assert.equal((await contentsSeen(github, ours)).files.get("README.md"), oid);

      const adopted = await repository("with-their-readme");
      const before = await contentsSeen(github, adopted);
      await create(contentsInputs(github, adopted, { ...change, adopt: true }));
      const after = await contentsSeen(github, adopted);
      assert.equal(after.files.get("README.md"), before.files.get("README.md"));
      assert.ok(after.files.has("src/index.ts"));
    });
  });

  test("are made on the new head when people commit in between, and what they wrote is left alone", async () => {
    for (const [path, refused] of [
      ["notes.md", false],
      ["package.json", true],
    ] as const) {
      const inputs = contentsInputs(github, await repository(`raced-${String(refused)}`));
      const hasty = new (class extends GitHub {
        override async mutate<T>(document: string, variables?: Record<string, unknown>): Promise<T> {
          if (document.includes("SeedRepository")) await write();
          return super.mutate<T>(document, variables);
        }
      })({ baseUrl: github.url, token: github.token });
      let written: Promise<unknown> | undefined;
      const write = () => (written ??= put(inputs.repository, path, "{}\n"));
      const seeding = convergeContents(hasty, inputs);
      if (refused) await assert.rejects(seeding, /package\.json on main differ/);
      else await seeding;
      const seen = await contentsSeen(github, inputs.repository);
      assert.equal(seen.commits.length, refused ? 2 : 3);
      assert.equal(seen.tag, refused ? undefined : seen.commits[0]);
      assert.ok(seen.files.has(path));
    }
  });

  test("are refused by the template's name when it is not there", () => {
    assert.throws(() => templateDigest("templates/nowhere"), /templates\/nowhere: expected a folder/);
  });

  test("get their tag back when it was deleted; a moved tag is reported and stays", async (t) => {
    const inputs = contentsInputs(github, await repository("tagged"));
    const { id, outs } = await create(inputs);
    await github.rest("DELETE", `/repos/${inputs.repository}/git/refs/tags/baseline`);
    const gone = await read(id, outs);
    assert.ok("props" in gone);
    assert.equal((await diff(id, gone.props, inputs)).changes, true);
    await update(id, gone.props, inputs);
    assert.equal((await contentsSeen(github, inputs.repository)).tag, outs.commit);

    await put(inputs.repository, "later.txt", "later\n");
    const head = (await contentsSeen(github, inputs.repository)).commits[0];
    await github.rest("PATCH", `/repos/${inputs.repository}/git/refs/tags/baseline`, {
      sha: head,
      force: true,
    });
    const moved = await read(id, outs);
    assert.ok("props" in moved);
    const again = await read(id, moved.props);
    assert.deepEqual(again, moved);
    const told = t.mock.method(console, "log", () => undefined);
    assert.equal((await diff(id, moved.props, inputs)).changes, true);
    assert.match(
      String(told.mock.calls[0]?.arguments[0]),
      /^tag baseline of \S+: moved by hand from [0-9a-f]{10} to [0-9a-f]{10}; it stays there/,
    );
    const { outs: noted } = await update(id, moved.props, inputs);
    assert.equal((await contentsSeen(github, inputs.repository)).tag, head);
    assert.equal((await diff(id, noted, inputs)).changes, false);
    assert.deepEqual(await read(id, noted), { id, props: noted });
    assert.equal((await diff(id, moved.props, { ...inputs, moveTag: true })).changes, true);
    await update(id, moved.props, { ...inputs, moveTag: true });
    assert.equal((await contentsSeen(github, inputs.repository)).tag, outs.commit);
  });

  test("stay when the resource is deleted", async () => {
    const inputs = contentsInputs(github, await repository("kept"));
    await create(inputs);
    const before = await contentsSeen(github, inputs.repository);
    await remove();
    assert.deepEqual(await contentsSeen(github, inputs.repository), before);
  });
});

/** A copy of the template, to change it in. */
async function withTemplate(work: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "mesh-six-template-"));
  try {
    await cp(template, root, { recursive: true });
    await work(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** The provider joins a template's path to the project's; a folder elsewhere is reached by going up first. */
function relativeToProject(folder: string): string {
  return join("../".repeat(process.cwd().split("/").length), folder);
}
