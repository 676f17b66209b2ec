import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";

test("the code in the state is one line, which runs the provider as it is today", async (context) => {
  let line = "";
  await pulumi.runtime.setMocks({
    newResource({ name, inputs }) {
      line = (inputs as { __provider: string }).__provider;
      return { id: name, state: inputs as Record<string, unknown> };
    },
    call: () => ({}),
  });
  const { EventPartitions } = await import("../../providers/partitions/resource.ts");
  const settings = { monthsAhead: 6, oldPartitions: "keep", timeZone: "UTC" } as const;
  new EventPartitions("event-partitions", { url: "postgres://u:hunter2@h/d", ...settings });
  await pulumi.runtime.disconnect();
  assert.ok(line.length < 150 && !line.includes("hunter2"), line);

  const root = await mkdtemp(join(tmpdir(), "mesh-six-shell-"));
  context.after(() => rm(root, { recursive: true }));
  const folder = join(root, "providers/partitions");
  await mkdir(folder, { recursive: true });
  await cp(new URL("../../providers/lateBound.ts", import.meta.url), join(root, "providers/lateBound.ts"));
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  const read = async (code: string) => {
    await writeFile(join(folder, "provider.ts"), code);
    const program = `${line};exports.handler().read().then(console.log, (error) => console.log(error.message))`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--eval", program], {
      env: { ...process.env, MESH_SIX_ROOT: root },
    });
    return stdout.trim();
  };
  assert.equal(await read(`export const read = () => { throw new Error("a bug") };`), "a bug");
  assert.equal(await read(`export const read = (): string => "mended";`), "mended");
  // The SDK refuses to keep what is undefined: "Unexpected struct type".
  const answer = "{ id: 1, props: { a: undefined, b: [{ c: undefined }], d: null } }";
  assert.equal(
    await read(`export const read = () => (${answer});`),
    "{ id: 1, props: { b: [ {} ], d: null } }",
  );
});
