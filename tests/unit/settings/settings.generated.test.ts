import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { projectFile } from "../../../operations/check/projectFile.ts";
import { settingsPage } from "../../../operations/check/settingsPage.ts";
import type { Declaration } from "../../../settings/declaration.ts";
import { integer, structure } from "../../../settings/declaration.ts";
import { declarations } from "../../../settings/allSettings.ts";
import { resources } from "../../../settings/structures.ts";

const declared: Readonly<Record<string, Declaration>> = declarations;
const file = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");

describe("the text generated from the declarations of the settings", () => {
  test("is in Pulumi.yaml", () => {
    assert.equal(projectFile(file("Pulumi.yaml"), declared), file("Pulumi.yaml"));
  });

  test("is in the tables of docs/settings.md", async () => {
    assert.equal(await settingsPage(file("docs/settings.md"), declared), file("docs/settings.md"));
  });

  test("follows a changed declaration", async () => {
    const changed = {
      replicas: integer("Pods", 2, { min: 0, max: 3 }),
      sizes: structure("Sizes", resources),
    };
    const text = "name: x\nconfig:\n  old:\n    type: string\n";
    assert.equal(
      projectFile(text, changed),
      "name: x\nconfig:\n  replicas:\n    type: integer\n    description: Pods\n    default: 2\n" +
        "  sizes:\n    type: object\n    description: Sizes\n    default: {}\n",
    );
    const page = (name: string) => `# A\n\n<!-- table: ${name} -->\n\nold\n\n<!-- end of table -->\n\nB\n`;
    assert.match(await settingsPage(page("all"), changed), /\| `replicas` \| Pods +\| `2` +\|/);
    assert.match(
      await settingsPage(page("sizes"), changed),
      /\| `limits.memory` +\| +\| text +\| `64Mi` +\|/,
    );
    await assert.rejects(settingsPage(page("gone"), changed), /expected a setting, got a table of gone/);
  });
});
