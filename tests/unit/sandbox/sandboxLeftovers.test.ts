import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { run } from "../../../lib/process/run.ts";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { ApplicationRepository } from "../../../sandbox/services/application/repository.ts";
import { postgres } from "../../../sandbox/services/postgres/postgres.ts";
import type { ServiceContext } from "../../../sandbox/services/service.ts";

function scratch(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-leftovers-"));
  context.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe("the application's repository", () => {
  test("takes an empty folder of its own for no repository, and never commits to the clone around it", async (context) => {
    const clone = scratch(context);
    const git = (...args: string[]) => run("git", args, { cwd: clone });
    await git("init", "--quiet", "--initial-branch=main");
    const somebody = ["-c", "user.name=somebody", "-c", "user.email=somebody@localhost"];
    await git(...somebody, "commit", "--quiet", "--allow-empty", "--message=Theirs");
    const theirs = await git("rev-parse", "main");
    assert.equal(theirs.code, 0, theirs.stderr);
    const folder = join(clone, ".sandbox/application/mesh-six.git");
    mkdirSync(folder, { recursive: true });
    const repository = new ApplicationRepository(folder);
    assert.equal(await repository.head(), undefined);
    const commit = await repository.commit("The application", { "a.txt": "a" });
    assert.deepEqual(await git("rev-parse", "main"), theirs);
    assert.equal(await repository.head(), commit);
    const next = await repository.commit("Change a", { "a.txt": "b" });
    assert.deepEqual([await repository.count(), await repository.head()], [2, next]);
    assert.equal((await repository.read("a.txt"))?.trim(), "b");
  });

  test("is there only once its first commit is, which is made anew after a failure", async (context) => {
    const repository = new ApplicationRepository(join(scratch(context), "mesh-six.git"));
    await assert.rejects(repository.commit("A path that git refuses", { "a//b.txt": "a" }), /fast-import/);
    assert.equal(existsSync(repository.folder), false);
    await repository.commit("The application", { "a.txt": "a" });
    assert.equal(await repository.count(), 1);
  });
});

describe("PostgreSQL's lock", () => {
  const now = () => Math.floor(Date.now() / 1_000);
  for (const [whose, started, stays] of [
    ["goes where its number is another process's by now", () => 1_000_000_000, false],
    ["stays where its process may be the server", now, true],
  ] as const) {
    test(whose, async (context) => {
      const directory = sandboxDirectory(scratch(context));
      const cluster = join(directory.data("postgres"), "cluster");
      mkdirSync(cluster, { recursive: true });
      const lock = join(cluster, "postmaster.pid");
      writeFileSync(lock, `${process.pid}\n${cluster}\n${started()}\n5432\n\n127.0.0.1\n`);
      await postgres.prepare?.({ directory } as ServiceContext);
      assert.equal(existsSync(lock), stays);
    });
  }
});
