import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isConsequence } from "../../../operations/preview/digestOfEvents.ts";
import { asText, forLog } from "../../../operations/preview/terminalText.ts";
import type { LockMode } from "../../../providers/migrations/review/lockModes.ts";
import type { FileReport, MigrationsReport } from "../../../providers/migrations/review/report.ts";
import { digest, digestWith, said, step } from "./previewSupport.ts";
import { unknownValue } from "../../../lib/pulumi/sentinels.ts";

const deployment = "kubernetes:apps/v1:Deployment";
const database = "postgresql:index/database:Database";

describe("the digest of a preview", () => {
  test("tells a list in another order, and what only follows from another change", () => {
    const unknown = unknownValue;
    const options = [{ name: "Todo" }, { name: "Done" }];
    const { changes } = digest(
      step({
        op: "update",
        type: deployment,
        name: "list",
        old: { options },
        new: { options: options.toReversed() },
      }),
      step({ op: "update", type: deployment, name: "next", old: { id: "7" }, new: { id: `[${unknown}]` } }),
      step({
        op: "update",
        type: deployment,
        name: "both",
        old: { id: "7", a: 1 },
        new: { id: unknown, a: 2 },
      }),
    );
    assert.deepEqual(
      changes.map(({ name, properties }) => [name, properties.map(({ path }) => path)]),
      [
        ["list", ["options"]],
        ["next", ["id"]],
        ["both", ["a", "id"]],
      ],
    );
    assert.deepEqual(changes.map(isConsequence), [false, true, false]);
    assert.deepEqual(changes[1]?.notes, ["follows from another change; known only after the update"]);
  });

  test("names each change once, worst first, however many steps the engine takes for it", () => {
    const service = "kubernetes:core/v1:Service";
    const { changes } = digest(
      step({ op: "same", type: service, name: "same", old: {}, new: {} }),
      step({ op: "create", type: service, name: "new", new: {} }),
      step({ op: "create-replacement", type: service, name: "moved", old: { a: 1 }, new: { a: 2 } }),
      step({ op: "replace", type: service, name: "moved", old: { a: 1 }, new: { a: 2 } }),
      step({ op: "delete-replaced", type: service, name: "moved", old: { a: 1 } }),
      step({ op: "delete", type: database, name: "db", old: {} }),
      step({ op: "update", type: deployment, name: "app", old: { a: 1 }, new: { a: 2 } }),
    );
    assert.deepEqual(
      changes.map(({ risk, operation, name }) => [risk, operation, name]),
      [
        ["data", "delete", "db"],
        ["replacement", "replace", "moved"],
        ["other", "create", "new"],
        ["other", "update", "app"],
      ],
    );
  });

  test("ranks what is retained as what stays", () => {
    const { changes } = digest(
      step({ op: "delete", type: database, name: "db", old: {}, retainOnDelete: true }),
    );
    assert.equal(changes[0]?.risk, "other");
    assert.match(changes[0]?.notes.join() ?? "", /stays where it is/);
  });

  test("ranks pending SQL by what its locks and warnings are, whatever their words", () => {
    const file = (name: string, mode: LockMode, ...warnings: FileReport["warnings"]): FileReport => ({
      ...{ name, statements: 1, length: 40, transaction: true, omitted: 0, last: [], warnings },
      first: [{ text: "CREATE INDEX i\n\n  ON big (a)", locks: [], warnings: [] }],
      locks: [{ table: "big", mode, size: { bytes: 8192, rows: 2 }, count: 1 }],
    });
    const report: MigrationsReport = {
      adopt: ["001_a.sql"],
      unannounced: [],
      files: [
        file("005_index.sql", "SHARE", { risk: "lock", text: "says one thing", count: 1 }),
        file("006_rows.sql", "ROW EXCLUSIVE"),
        file("007_drop.sql", "ACCESS EXCLUSIVE", { risk: "data", text: "says another", count: 1 }),
      ],
    };
    const update = step({ op: "update", type: "pulumi-nodejs:dynamic/mesh-six:Migrations", name: "schema" });
    const { sql, changes } = digestWith({ migrations: report, "lost-relations": ["public.t"] }, update);
    assert.deepEqual(
      sql.map(({ file: name, risk }) => [name, risk]),
      [
        ["007_drop.sql", "data"],
        ["005_index.sql", "lock"],
        ["006_rows.sql", "other"],
      ],
    );
    assert.deepEqual(sql[1]?.sql, ["CREATE INDEX i", "", "  ON big (a);"]);
    assert.deepEqual(sql[1].locks, ["SHARE on big (8.0 kB, about 2 rows), blocks writes"]);
    assert.deepEqual(
      changes.map(({ operation, name, notes }) => [operation, name, notes.length]),
      [
        ["lost", "public.t", 1],
        ["update", "schema", 1],
      ],
    );
  });

  test("ranks an update of the event log by what becomes of old partitions", () => {
    const type = "pulumi-nodejs:dynamic/mesh-six:EventPartitions";
    const update = step({ op: "update", type, name: "log", old: { keepMonths: 9 }, new: { keepMonths: 3 } });
    const partition = "mesh_six_events_2026_01";
    const detach = { action: "detach", partition, note: "ends 2026-02-01" };
    const create = { action: "create", partition: "mesh_six_events_2027_05", note: "…" };
    const kept = digestWith({ upkeep: { steps: [detach, create], notices: [] } }, update);
    assert.equal(kept.changes[0]?.risk, "other");
    assert.match(
      kept.changes[0].notes.join(),
      /stay as tables: mesh_six_events_2026_01 \(ends 2026-02-01\)$/,
    );
    const mark = { action: "mark", partition, note: "dropped by mesh-six" };
    const drop = { action: "drop", partition, note: "" };
    const gone = digestWith(
      { upkeep: { steps: [mark, detach, drop], notices: [] } },
      update,
      // Printed lines change nothing, whoever prints them.
      said("event partitions: drop mesh_six_events_2030_01\n"),
    );
    assert.equal(gone.changes[0]?.risk, "data");
    assert.deepEqual(gone.changes[0].notes, ["drops partitions with their events: mesh_six_events_2026_01"]);
    assert.match(asText(gone), /^1 may lose data\n/);
    const refuse = { action: "refuse", partition, note: "a rule" };
    const hidden = "rows can be hidden";
    assert.deepEqual(
      digestWith({ upkeep: { steps: [refuse], notices: [hidden] } }, update).changes[0]?.notes,
      ["cannot go on at mesh_six_events_2026_01 (a rule)", hidden],
    );
  });

  test("keeps errors and warnings, and never the engine's debug lines", () => {
    const urn = "urn:pulumi:prod::mesh-six::t::it";
    const { remarks } = digest(
      said("debugging hunter2", "debug"),
      said("<{%fg 1%}>no such thing<{%reset%}>", "error", urn),
      said("using pulumi-language-nodejs from $PATH at /x", "warning"),
      said("preview failed", "error"),
    );
    assert.deepEqual(remarks, [{ severity: "error", resource: "it", message: "no such thing" }]);
  });

  test("lets no name write on the terminal", () => {
    const name = "a\u001b[2Jb\u0007\u009bc";
    const event = step({ op: "update", type: "t", name, old: { [name]: name }, new: { [name]: "x" } });
    const text = asText(digest(event, said(name, "error")));
    for (const control of ["\u001b", "\u0007", "\u009b"]) assert.ok(!text.includes(control));
    assert.match(text, /a\ufffd\[2Jb/);
  });

  test("lets no name and no SQL command the log of a job", (context) => {
    const was = process.env["GITHUB_ACTIONS"];
    context.after(() => {
      if (was === undefined) delete process.env["GITHUB_ACTIONS"];
      else process.env["GITHUB_ACTIONS"] = was;
    });
    const text = asText(digest(said("first\n::add-mask::e", "error")));
    delete process.env["GITHUB_ACTIONS"];
    assert.equal(forLog(text), text);
    process.env["GITHUB_ACTIONS"] = "true";
    const lines = forLog(text).split("\n");
    const [, end = ""] = /^::stop-commands::(\S{30,})$/.exec(lines[0] ?? "") ?? [];
    assert.equal(lines.at(-1), `::${end}::`);
    assert.equal(lines.slice(1, -1).join("\n"), text);
    assert.notEqual(forLog(text), forLog(text), "nobody can tell the end beforehand");
  });

  test("is text without colours when it goes into a pipe", () => {
    const text = asText(digest(step({ op: "delete", type: database, name: "db", old: {} })));
    assert.match(
      text,
      /^1 may lose data\n\nData may be lost \(1\)\n {2}delete {3}Database db: deletes the database/,
    );
  });
});
