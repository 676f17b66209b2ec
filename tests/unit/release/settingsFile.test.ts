import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { plainSetting, settingsFile, writePlainSetting } from "../../../operations/stack/settingsFile.ts";

const text = `# Production.
encryptionsalt: v1:abc
config:
  # Its reason.
  mesh-six:databaseHost: db.example
  mesh-six:githubToken:
    secure: v1:xyz
`;

describe("the file of a stack's settings", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "mesh-six-settings-"))));
  after(() => rmSync(folder, { recursive: true }));

  test("keeps comments and all other settings when one is written, changed and taken out", () => {
    const file = join(folder, "Pulumi.prod.yaml");
    writeFileSync(file, text);
    writePlainSetting(file, "release", { commit: "a", images: { x: "1" } });
    assert.deepEqual(plainSetting(file, "release"), { commit: "a", images: { x: "1" } });
    assert.ok(readFileSync(file, "utf8").startsWith(text));
    writePlainSetting(file, "release", { commit: "b", images: {} });
    assert.deepEqual(plainSetting(file, "release"), { commit: "b", images: {} });
    writePlainSetting(file, "release", undefined);
    assert.equal(readFileSync(file, "utf8"), text);
  });

  test("is made where there is none", () => {
    const file = join(folder, "Pulumi.new.yaml");
    assert.equal(plainSetting(file, "release"), undefined);
    writePlainSetting(file, "release", { commit: "a" });
    assert.deepEqual(plainSetting(file, "release"), { commit: "a" });
  });

  test("is the one that Pulumi's variable names, else that of the stack", () => {
    assert.equal(settingsFile("prod", { PULUMI_OPTION_CONFIG_FILE: "/x/y.yaml" }), "/x/y.yaml");
    assert.match(settingsFile("organization/project/prod", {}), /\/Pulumi\.prod\.yaml$/);
  });
});
