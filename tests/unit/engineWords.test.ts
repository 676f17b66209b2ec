import assert from "node:assert/strict";
import { test } from "node:test";
import { engineWords } from "../../toolchain/parts/engineWords.ts";

const framed = (stderr: string) => new Error(`code: -2\n stdout: \n stderr: ${stderr}\n err?: ${stderr}\n`);

test("gives the engine's own words without the command that ran it and its earlier output", () => {
  const told = "could not load provider random: no such plugin\n  needed by database-password";
  const error = `error: ${told}`;
  const printed =
    "Previewing update (prod):\n@ previewing update.....\n    warning: using a plugin from $PATH";
  const command = "Command failed with exit code 1: pulumi preview --refresh --stack prod --non-interactive";
  assert.equal(engineWords(framed(`${command}\n${error}\n${printed}`)), told);
  assert.equal(engineWords(framed(`${command}\n${error}`)), told);
});

test("words that come in no such frame are left as they are", () => {
  assert.equal(engineWords(framed("error: no stack named 'x' found")), "error: no stack named 'x' found");
  assert.equal(engineWords(new Error("spawn pulumi ENOENT")), "spawn pulumi ENOENT");
});

test("gives one line with the remedy for an engine that was killed", () => {
  const killed = "Command was killed with SIGKILL (Forced termination): pulumi up --yes --stack sandbox";
  assert.equal(
    engineWords(framed(`${killed}\nUpdating (sandbox):\n +  Namespace namespace creating (0s)`)),
    "pulumi was killed from outside (SIGKILL), as when memory runs out; nothing is lost: run the same command again",
  );
});
