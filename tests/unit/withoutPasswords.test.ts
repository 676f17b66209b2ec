import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutPasswords } from "../../lib/text/withoutPasswords.ts";

test("passwords in addresses are left out, before the host and as parameters", () => {
  for (const [address, shown] of [
    ["postgres://me:canary@db/state", "postgres://me:[secret]@db/state"],
    [
      "postgres://me@db/state?password=canary&sslmode=require",
      "postgres://me@db/state?password=[secret]&sslmode=require",
    ],
    [
      "could not open 'postgres://db/x?sslmode=disable&Password=can%26ary': no",
      "could not open 'postgres://db/x?sslmode=disable&Password=[secret]': no",
    ],
    ["s3://bucket?region=eu", "s3://bucket?region=eu"],
  ] as const) {
    assert.equal(withoutPasswords(address), shown);
  }
});
