import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { mirror } from "../../../toolchain/obtain/download.ts";

const { MESH_SIX_DOWNLOADS: before } = process.env;

afterEach(() => {
  if (before === undefined) delete process.env["MESH_SIX_DOWNLOADS"];
  else process.env["MESH_SIX_DOWNLOADS"] = before;
});

test("a mirror is an address, without the slash at its end", () => {
  process.env["MESH_SIX_DOWNLOADS"] = "https://mirror.example/files/";
  assert.equal(mirror(), "https://mirror.example/files");
});

test("a mirror's log-in is refused, and not repeated", () => {
  for (const [setting, shown] of [
    ["https://robot:s3cret@mirror.example", "https://[secret]@mirror.example"],
    ["https://s3cret@mirror.example", "https://[secret]@mirror.example"],
    ["ftp://robot:s3cret@mirror.example", "ftp://robot:[secret]@mirror.example"],
  ] as const) {
    process.env["MESH_SIX_DOWNLOADS"] = setting;
    assert.throws(mirror, (error: Error) => {
      assert.ok(error.message.startsWith(`MESH_SIX_DOWNLOADS is "${shown}", expected `), error.message);
      assert.ok(!error.message.includes("s3cret"));
      return true;
    });
  }
});
