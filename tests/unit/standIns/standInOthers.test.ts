import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { standInDirectory, standInNotice } from "../../../sandbox/plugins/install.ts";
import { scramVerifier, verifies } from "../../../sandbox/plugins/postgresql/scram.ts";
import { impossible, randomText, withDefaults } from "../../../sandbox/plugins/random/characters.ts";
import { randomType } from "../../../sandbox/plugins/random/types.ts";

describe("a random text", () => {
  test("has its length, only allowed characters and the minimum of each kind", () => {
    for (let round = 0; round < 200; round++) {
      const text = randomText({
        length: 12,
        minNumeric: 3,
        minSpecial: 2,
        overrideSpecial: "@%",
        upper: false,
      });
      assert.match(text, /^[a-z0-9@%]{12}$/);
      assert.ok((text.match(/\d/g) ?? []).length >= 3 && (text.match(/[@%]/g) ?? []).length >= 2, text);
    }
  });

  test("is refused when it cannot be made", () => {
    assert.match(impossible(withDefaults({ length: 3, minLower: 4 })) ?? "", /at least 4/);
    const none = { length: 1, upper: false, lower: false, numeric: false, special: false };
    assert.match(impossible(withDefaults(none)) ?? "", /at least one kind/);
    assert.equal(impossible(withDefaults({ length: 8 })), undefined);
  });

  test("is not made again when an input is only spelled out, and is when it changes", async () => {
    const type = randomType("random:index/randomPassword:RandomPassword");
    const change = { id: "none", type: "", name: "", urn: "", olds: {}, oldInputs: { length: 8 } };
    const differences = async (news: Record<string, number | boolean>) =>
      (await type?.diff({ ...change, news }))?.differences;
    assert.deepEqual(await differences({ length: 8, upper: true }), []);
    assert.deepEqual(await differences({ length: 9 }), [{ path: "length", kind: "update" }]);
  });
});

test("a password's verifier is the one of RFC 7677 and tells that password from others", () => {
  // RFC 7677, section 3: user "user", password "pencil".
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  const verifier = scramVerifier("pencil", salt, 4096);
  const [, , keys = ""] = /^(SCRAM-SHA-256)\$4096:[^$]+\$(.+)$/.exec(verifier) ?? [];
  assert.equal(
    keys,
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
  assert.equal(verifies(verifier, "pencil"), true);
  assert.equal(verifies(verifier, "pen"), false);
  assert.equal(verifies("md5abcdef", "pencil"), undefined);
});

describe("the folder of stand-ins", () => {
  test("holds an executable for each, under its npm package's version, and the official ones' files", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "mesh-six-plugins-"));
    try {
      const official = path.join(directory, "resource-github-v9.9.9");
      await mkdir(official);
      await writeFile(path.join(official, "pulumi-resource-github"), "");
      const home = await standInDirectory(["random"], path.join(directory, "it's home"), [
        { folder: official },
      ]);
      const plugins = await readdir(path.join(home, "plugins"));
      const [github = "", random = ""] = plugins.sort();
      assert.equal(github, "resource-github-v9.9.9");
      assert.match(random, /^resource-random-v\d+\.\d+\.\d+$/);
      assert.equal((await stat(path.join(home, "plugins", github, "pulumi-resource-github"))).isFile(), true);
      const executable = path.join(home, "plugins", random, "pulumi-resource-random");
      const started = promisify(execFile)(executable);
      started.child.stdout?.once("data", () => started.child.kill());
      const { stdout } = await started.catch((error: unknown) => error as { stdout: string });
      assert.match(stdout, /^\d+\n$/, "the port the engine connects to comes first");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("holds an official plugin under another version's name, and nothing of an earlier choice", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "mesh-six-plugins-"));
    try {
      const folder = path.join(directory, "built");
      await mkdir(folder);
      await writeFile(path.join(folder, "pulumi-resource-kubernetes"), "");
      const as = "resource-kubernetes-v99.0.0";
      await standInDirectory(["random"], directory, [{ folder, as }]);
      const plugins = path.join(directory, "plugins");
      assert.deepEqual(await readdir(path.join(plugins, as)), ["pulumi-resource-kubernetes"]);
      await standInDirectory(["kubernetes"], directory);
      const [only = "", ...others] = await readdir(plugins);
      assert.deepEqual(others, []);
      assert.match(only, /^resource-kubernetes-v\d/);
      assert.notEqual(only, as);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("is spoken of in one line, and not at all without a stand-in", () => {
    assert.match(standInNotice(["kubernetes", "random"]) ?? "", /^Stand-ins .*kubernetes, random plugins.*$/);
    assert.equal(standInNotice([]), undefined);
  });
});
