import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";

const script = join(import.meta.dirname, "../../../operations/release.ts");
const call = (...args: string[]) =>
  spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    encoding: "utf8",
  });

describe("the command line of a release", () => {
  for (const [args, line] of [
    [["--stack", "prod"], "--application: expected a checkout of the application, got none"],
    [
      ["--application", ".", "--apply", "--pull-request", "a/b"],
      "--apply: expected it alone, got --pull-request with it",
    ],
    [["--apply", "--converge"], "--apply: expected it alone, got --converge with it"],
    [
      ["--application", ".", "--rollback", "--ref", "main"],
      "--rollback: expected no --ref with it, since the stack's history names the commit",
    ],
    [["--application", ".", "--rollback", "0"], "--rollback: expected a whole number from 1 on, got 0"],
    [["--application", ".", "--wait", "soon"], "--wait: expected minutes, got soon"],
    [["--application", ".", "--timeline", "x.html"], "--timeline: expected --apply with it"],
    [["prod"], 'There is no argument "prod"'],
  ] as const) {
    test(`refuses ${args.join(" ")}`, () => {
      const { status, stderr } = call(...args);
      assert.deepEqual([status, stderr], [2, `${line}. See --help.\n`]);
    });
  }

  test("names every option in its help", () => {
    const { status, stdout } = call("--help");
    assert.equal(status, 0);
    for (const option of ["--rollback [N]", "--converge", "--apply", "--policies [FOLDER]", "--json"])
      assert.ok(stdout.includes(option), option);
  });
});
