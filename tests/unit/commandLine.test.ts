import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCommandLine, UsageError } from "../../lib/cli/commandLine.ts";

const options = { json: { type: "boolean", default: false }, stack: { type: "string" } } as const;
const read = (...args: string[]) => readCommandLine(options, { args });

describe("a command line", () => {
  test("gives the values of its options", () => {
    assert.deepEqual({ ...read("--stack", "prod", "--json")?.values }, { stack: "prod", json: true });
    assert.deepEqual({ ...read()?.values }, { json: false });
  });

  for (const flag of ["--help", "-h"]) {
    test(`asks for help by ${flag}, whatever else it says`, () => {
      assert.equal(read("--json", flag), undefined);
    });
  }

  for (const [what, args, says] of [
    ["an unknown option, with the nearest", ["--jsn"], 'There is no option --jsn: did you mean "--json"?'],
    [
      "an unknown option that is near to none",
      ["--z"],
      "There is no option --z; there are --json, --stack, --help",
    ],
    ["an argument where none is taken", ["prod"], 'There is no argument "prod"'],
    ["an option without its value", ["--stack"], "Option '--stack <value>' argument missing"],
    ["a value of an option that takes none", ["--json=yes"], "Option '--json' does not take an argument"],
  ] as const) {
    test(`is refused for ${what}`, () => {
      assert.throws(
        () => read(...args),
        (error) => error instanceof UsageError && error.message === says,
      );
    });
  }

  test("switches an option off by --no-NAME where the command allows it", () => {
    const args = ["--no-json"];
    assert.equal(readCommandLine(options, { args, negative: true })?.values.json, false);
    assert.throws(() => readCommandLine(options, { args }), UsageError);
  });

  test("gives an option its usual value where it stands without one", () => {
    const usual = { stack: "prod" };
    const stackOf = (...args: string[]) => readCommandLine(options, { args, usual })?.values.stack;
    assert.deepEqual(
      [stackOf("--stack"), stackOf("--stack", "--json"), stackOf("--stack", "dev"), stackOf()],
      ["prod", "prod", "dev", undefined],
    );
  });

  test("takes words after a further -- as they are", () => {
    const line = readCommandLine(options, { args: ["logs", "--", "--jsn"], operands: true });
    assert.deepEqual(line?.operands, ["logs", "--jsn"]);
  });
});
