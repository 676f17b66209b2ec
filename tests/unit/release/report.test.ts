import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { comment } from "../../../operations/preview/markdown.ts";
import { asText } from "../../../operations/preview/terminalText.ts";
import { releaseKind, type ReleaseReport } from "../../../operations/release/plan/report.ts";
import { digestWith, step } from "../preview/previewSupport.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const report: ReleaseReport = {
  plan: {
    from: "a".repeat(40),
    to: "b".repeat(40),
    moves: [{ image: "orchestrator", from: digest("1"), to: digest("2") }],
    stays: ["dashboard", "llm-service"],
    comes: ["scheduler"],
    goes: [],
  },
  commits: [{ commit: "b".repeat(7), subject: "Change <b>it</b>" }],
  migrations: [
    { file: "migrations/9_note.sql", breaks: [], warnings: [] },
    {
      file: "migrations/8_drop.sql",
      breaks: [{ name: "state", files: ["apps/a.ts"] }],
      warnings: [{ risk: "data", text: "DROP COLUMN state is irreversible" }],
    },
    { file: "migrations/7_index.sql", breaks: [], warnings: [{ risk: "lock", text: "blocks writes" }] },
  ],
  services: { comes: ["Deployment scheduler"], goes: ["Deployment old-agent"] },
  unknown: ["registry.example/mesh-six-strange"],
  missing: ["Secret a key b for Deployment orchestrator: expected that key, got c"],
};

describe("a release in a preview", () => {
  const update = step({ op: "update", type: "random:index/randomString:RandomString", name: "other" });
  const seen = digestWith({ [releaseKind]: report }, update);

  test("is ranked in one list with all other changes, worst first", () => {
    assert.deepEqual(
      seen.changes.map(({ risk, operation, name }) => `${risk} ${operation} ${name}`),
      [
        "data migrate migrations/8_drop.sql",
        "replacement delete old-agent",
        "lock migrate migrations/7_index.sql",
        "other update other",
        "other migrate migrations/9_note.sql",
        "other create scheduler",
        "other roll orchestrator",
        "other roll scheduler",
        "other keep registry.example/mesh-six-strange",
      ],
    );
  });

  test("tells what stops it as an error, and old and new commit of what moves", () => {
    assert.deepEqual(seen.remarks, [{ severity: "error", resource: "release", message: report.missing[0] }]);
    const roll = seen.changes.find(({ name }) => name === "orchestrator");
    assert.deepEqual(roll?.notes, [`${"a".repeat(12)} → ${"b".repeat(12)}`]);
    assert.deepEqual(roll.properties, [
      { path: "digest", kind: "update", from: "1".repeat(12), to: "2".repeat(12) },
    ]);
  });

  test("says what stays and which commits lie between, without their markup", () => {
    const text = asText(seen);
    assert.match(text, /^Release a{12} → b{12}: 1 move, 2 stay, 1 pinned first$/m);
    assert.match(text, /^ {2}stay: dashboard, llm-service$/m);
    assert.match(text, /^ {2}b{7} Change <b>it<\/b>$/m);
    assert.ok(!comment(seen, "<!-- m -->", "Preview").includes("<b>it</b>"));
  });

  test("is absent where nothing of it changes", () => {
    assert.deepEqual("release" in digestWith({}, update), false);
  });
});
