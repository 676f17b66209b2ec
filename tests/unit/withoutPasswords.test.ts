import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsLogIn, withoutPasswords } from "../../lib/text/withoutPasswords.ts";

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
    ["https://ghp_canary@github.com/me/x", "https://[secret]@github.com/me/x"],
    ["https://canary:x-oauth-basic@github.com/me/x", "https://[secret]@github.com/me/x"],
    ['"git+https://me:can@ary@git.example/x"', '"git+https://[secret]@git.example/x"'],
    ["postgres://me@db/state", "postgres://me@db/state"],
    ["ssh://git@github.com/me/x", "ssh://git@github.com/me/x"],
    ["git@github.com:me/x.git", "git@github.com:me/x.git"],
    ["https://example.com/@me?to=you@example.com", "https://example.com/@me?to=you@example.com"],
    ['["https://example.com","me@example.com"]', '["https://example.com","me@example.com"]'],
  ] as const) {
    assert.equal(withoutPasswords(address), shown);
    assert.equal(holdsLogIn(address), address !== shown);
  }
});
