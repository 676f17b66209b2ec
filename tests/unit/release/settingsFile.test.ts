import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { writeStackFile } from "../../../sandbox/engine/stackFile.ts";
import { readSetting } from "../../../settings/read.ts";
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

  test("is named where it is no YAML, as with the marks of a merge, and is left alone", () => {
    const file = join(folder, "Pulumi.merged.yaml");
    const merged = `${text}<<<<<<< HEAD\n  mesh-six:githubOwner: one\n=======\n  mesh-six:githubOwner: two\n>>>>>>> other\n`;
    writeFileSync(file, merged);
    const expected = new RegExp(`^Error: ${file}: expected YAML, got other text: [^\\n]+; mend the file$`);
    assert.throws(() => plainSetting(file, "release"), expected);
    assert.throws(() => writePlainSetting(file, "release", { commit: "a" }), expected);
    assert.throws(() => writeStackFile(file, {}, "passphrase"), expected);
    assert.equal(readFileSync(file, "utf8"), merged);
  });

  test("gives a setting in its declared form, or names it with what is wrong", () => {
    assert.equal(readSetting("imageRepository", undefined), "registry.bto.bar/jaybrto/mesh-six");
    assert.equal(readSetting("imageBuilder", { namespace: "builds" }).namespace, "builds");
    assert.throws(
      () => readSetting("imageBuilder", { namespace: "Not A Name" }),
      /^SettingsError: [^\n]+\n {2}- mesh-six:imageBuilder\.namespace: expected /,
    );
    assert.throws(
      () => readSetting("imageRepository", { secure: "v1:a" }),
      /- mesh-six:imageRepository: expected /,
    );
  });
});
