import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { Finding } from "../../../operations/suites/finding.ts";
import { closingText, findingText } from "../../../operations/suites/report.ts";

const command = "::add-mask::e";
const failed: Finding = {
  milestone: "M1",
  status: "fail",
  expected: "a task",
  seen: "none",
  where: [`| ${command}`, command],
  seconds: 1,
};

test("no line of a Pod and no output of a suite commands the log of a job", (context) => {
  const was = process.env["GITHUB_ACTIONS"];
  context.after(() => {
    if (was === undefined) delete process.env["GITHUB_ACTIONS"];
    else process.env["GITHUB_ACTIONS"] = was;
  });
  process.env["GITHUB_ACTIONS"] = "true";
  const ended = { findings: [], trace: [], output: command, code: 1, interrupted: false, seconds: 1 };
  for (const text of [findingText(failed), closingText("smoke", ended)]) {
    assert.match(text, /^::stop-commands::(\S{30,})\n[^]*::add-mask::e[^]*\n::\1::$/);
  }
});
