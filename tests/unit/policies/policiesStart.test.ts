import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { execute } from "../../support/engine/sandbox.ts";

const root = join(import.meta.dirname, "../../..");

describe("the policy pack", () => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-policies-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Its output, with another version of Node where one is named. */
  async function said(pack: string, version?: string): Promise<string> {
    const other = `Object.defineProperty(process, "version", { value: "v${version ?? ""}" });
      Object.defineProperty(process.versions, "node", { value: "${version ?? ""}" });`;
    const code = `${version === undefined ? "" : other} await import(${JSON.stringify(pack)}).catch((error) => console.log(error.stack));`;
    const { stdout } = await execute(process.execPath, ["--input-type=module", "--eval", code], process.env);
    return stdout.trim();
  }

  test("says in one line that it wants Node 24", async () => {
    const words = await said(join(root, "policies/index.js"), "20.20.2");
    assert.match(words, /^policies: expected Node 24 or newer first on PATH, got v20\.20\.2; .*npm ci.*$/);
  });

  test("says in one line that it wants the packages of npm", async () => {
    cpSync(join(root, "policies"), join(folder, "policies"), { recursive: true });
    const words = await said(join(folder, "policies/index.js"));
    assert.match(words, /^policies: expected the packages of npm, found none; run npm ci .*$/);
  });
});
