import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { commitsBetween, newMigrations, removedNames } from "../../../operations/release/plan/between.ts";
import { Application } from "../../support/cluster/application.ts";

describe("the changes between two commits", () => {
  let application: Application;
  before(() => (application = new Application()));
  after(() => application.remove());

  for (const [sql, names] of [
    ["ALTER TABLE tasks DROP COLUMN IF EXISTS old_state;", ["old_state"]],
    ['ALTER TABLE tasks RENAME COLUMN "Old State" TO state;', ["Old State"]],
    ["ALTER TABLE tasks RENAME state TO phase;", ["state"]],
    ["ALTER TABLE public.tasks RENAME TO jobs;", ["tasks"]],
    ["DROP TABLE IF EXISTS app.jobs CASCADE;", ["jobs"]],
    ["ALTER TABLE tasks ADD COLUMN note text; -- DROP COLUMN state", []],
    ["ALTER TABLE tasks RENAME CONSTRAINT a TO b;", []],
  ] as const) {
    test(`${sql} removes ${names.join(", ") || "nothing"}`, () => assert.deepEqual(removedNames(sql), names));
  }

  test("are the commits, and migrations with the old code that mentions removed names", async () => {
    const from = application.commit(
      { "apps/orchestrator/src/db.ts": "select old_state from tasks\n" },
      "old",
    );
    const to = application.commit(
      {
        "migrations/015_phase.sql": "ALTER TABLE tasks DROP COLUMN old_state, ADD COLUMN phase text;\n",
        "apps/orchestrator/src/db.ts": "select phase from tasks\n",
      },
      "phase",
    );
    assert.deepEqual(
      (await commitsBetween(application.folder, from, to)).map(({ subject }) => subject),
      ["phase"],
    );
    assert.deepEqual(await newMigrations(application.folder, from, to), [
      {
        file: "migrations/015_phase.sql",
        breaks: [{ name: "old_state", files: ["apps/orchestrator/src/db.ts"] }],
        warnings: [{ risk: "data", text: "DROP COLUMN old_state is irreversible" }],
      },
    ]);
    assert.deepEqual(await newMigrations(application.folder, undefined, to), []);
    assert.deepEqual(await commitsBetween(application.folder, "c".repeat(40), to), []);
  });

  test("are an error where git cannot read the old code", async () => {
    const from = application.commit({ "apps/orchestrator/src/db.ts": "select phase from jobs\n" }, "old");
    const to = application.commit(
      {
        "migrations/016_drop.sql": "ALTER TABLE tasks DROP COLUMN phase;\n",
        "apps/orchestrator/src/db.ts": "\n",
      },
      "drop",
    );
    const lost = application.git("rev-parse", `${from}:apps`).trim();
    rmSync(join(application.folder, ".git/objects", lost.slice(0, 2), lost.slice(2)));
    await assert.rejects(
      newMigrations(application.folder, from, to),
      /^Error: git grep phase: expected the code of \w{12} in \S+, got: fatal: .*\(git fsck\)$/,
    );
  });
});
