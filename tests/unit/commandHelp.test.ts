import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";

const help = (name: string) => {
  const script = join(import.meta.dirname, "../../operations", `${name}.ts`);
  const args = ["--disable-warning=ExperimentalWarning", script, "--help"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0);
  return stdout;
};

describe("the help of a command", () => {
  for (const name of ["adopt", "doctor", "drift", "e2e", "outputs", "preview", "recover", "release", "smoke"])
    test(`names exit codes and $PULUMI_STACK of ${name}`, () => {
      const said = help(name);
      assert.match(said, /^ {2}--stack NAME +the stack; without it \$PULUMI_STACK$/m);
      assert.match(said, /\bExit code: 0 /);
    });

  test("names the webhook among what --only of smoke chooses", () => {
    assert.match(help("smoke"), /--only .*: Pods, Dapr, Partitions, Webhook, M1, /);
  });

  test("asks for a name in roll of images, and for a checkout only in list and build", () => {
    const said = help("images");
    assert.match(said, /^ {2}roll NAME\.\.\. /m);
    assert.match(said, /^ {2}--application FOLDER +list, build: /m);
  });
});
