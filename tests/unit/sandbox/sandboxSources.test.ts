import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { mendCheckpoint } from "../../../sandbox/engine/checkpoint.ts";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { sourceHash } from "../../../sandbox/services/sourceHash.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mesh-six-sources-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the digest of a service's source", () => {
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };

  test("changes with every file that it imports, directly or by others, and with no other", () => {
    write(
      "service/main.ts",
      'import { a } from "./a.ts";\nexport { b } from "../lib/b.ts";\nimport "node:fs";',
    );
    write("service/a.ts", 'const later = await import("./later.ts");');
    write("service/later.ts", "1");
    write("lib/b.ts", 'import type { C } from "./c.ts";');
    write("lib/c.ts", "1");
    write("service/other.ts", "1");
    const now = () => sourceHash(folder, "service/main.ts");
    const first = now();
    write("service/other.ts", "2");
    assert.equal(now(), first);
    const seen = new Set([first]);
    for (const file of ["service/later.ts", "lib/c.ts"]) {
      write(file, "2");
      seen.add(now());
    }
    assert.equal(seen.size, 3);
  });
});

describe("the leftovers of a kill beside the checkpoint", () => {
  const said: string[] = [];
  const mend = () => mendCheckpoint(sandboxDirectory(folder), (line) => said.push(line));

  test("are put right: empty and cut attributes go, and an empty checkpoint is the one before it", () => {
    const path = sandboxDirectory(folder).checkpoint("sandbox");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '{"version":3}');
    mend();
    writeFileSync(`${path}.attrs`, "");
    writeFileSync(`${path}.bak.attrs`, '{"user.cache_con');
    writeFileSync(join(dirname(path), "other.json.attrs"), "{}");
    mend();
    assert.deepEqual(
      [`${path}.attrs`, `${path}.bak.attrs`, join(dirname(path), "other.json.attrs")].map(existsSync),
      [false, false, true],
    );
    assert.deepEqual(said, []);
    writeFileSync(`${path}.bak`, '{"version":3,"before":true}');
    writeFileSync(path, "");
    mend();
    assert.equal(readFileSync(path, "utf8"), '{"version":3,"before":true}');
    assert.match(said.join(), /emptied by a kill/);
  });
});
