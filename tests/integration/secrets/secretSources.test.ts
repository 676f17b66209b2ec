import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { config, copied, generated, SecretStacks, vault } from "./secretStacks.ts";

describe("a Secret whose source changes", () => {
  let stacks: SecretStacks;
  before(async () => {
    stacks = await SecretStacks.start();
  });
  after(() => stacks.close());

  for (const { what, from, to, expected, adopt, owner } of [
    {
      what: "settings to another Secret",
      from: config,
      to: copied,
      expected: /^from-cluster$/,
      adopt: false,
    },
    { what: "another Secret to settings", from: copied, to: config, expected: /^from-config$/, adopt: true },
    { what: "generated to settings", from: generated, to: config, expected: /^from-config$/, adopt: false },
    { what: "another Secret to generated", from: copied, to: generated, expected: /^\w{20}$/, adopt: false },
    {
      what: "generated to another Secret",
      from: generated,
      to: copied,
      expected: /^from-cluster$/,
      adopt: true,
    },
    {
      what: "another Secret to Vault",
      from: copied,
      to: vault(),
      expected: /^from-vault$/,
      adopt: false,
      owner: "own-external",
    },
    {
      what: "settings to Vault, with adopt",
      from: config,
      to: vault(),
      expected: /^from-vault$/,
      adopt: true,
      owner: "own-external",
    },
    {
      what: "one ExternalSecret to another, with adopt",
      from: vault(),
      to: vault("renamed"),
      expected: /^from-vault$/,
      adopt: true,
      owner: "renamed",
    },
    { what: "Vault to settings", from: vault(), to: config, expected: /^from-config$/, adopt: true },
    { what: "Vault to another Secret", from: vault(), to: copied, expected: /^from-cluster$/, adopt: true },
    { what: "Vault to generated", from: vault(), to: generated, expected: /^\w{20}$/, adopt: true },
    { what: "settings to generated", from: config, to: generated, expected: /^\w{20}$/, adopt: false },
    {
      what: "settings to Vault",
      from: config,
      to: vault(),
      expected: /^from-vault$/,
      adopt: false,
      owner: "own-external",
    },
    {
      what: "generated to Vault, with adopt",
      from: generated,
      to: vault(),
      expected: /^from-vault$/,
      adopt: true,
      owner: "own-external",
    },
    {
      what: "one ExternalSecret to another",
      from: vault(),
      to: vault("renamed"),
      expected: /^from-vault$/,
      adopt: false,
      owner: "renamed",
    },
  ]) {
    test(`keeps its UID and has content all the time, from ${what}`, async () => {
      const own = await stacks.stack();
      try {
        const made = await own.run("up", from);
        assert.ok(made.succeeded, made.output);
        const first = await own.says(from.source === "vault" ? /^from-vault$/ : /./);
        const end = own.watch();
        const flags: Record<string, string> = adopt ? { ADOPT: "1" } : {};
        const changed = await own.run("up", to, flags);
        assert.ok(changed.succeeded, changed.output);
        await own.says(expected);
        const again = await own.run("up", to, flags);
        assert.ok(again.succeeded, again.output);
        // The garbage collector and the operator need a moment for what they would do wrong.
        await sleep(2000);
        const { missing, looks } = await end();
        const last = await own.says(expected);
        assert.equal(missing, 0, `of ${looks} looks`);
        assert.ok(looks > 20);
        assert.equal(last.metadata.uid, first.metadata.uid);
        assert.deepEqual(
          last.metadata.ownerReferences?.map(({ name }) => name),
          owner === undefined ? undefined : [owner],
        );
      } finally {
        await own.close();
      }
    });
  }
});
