import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { secretSignature, signature, unknownValue } from "../../lib/pulumi/sentinels.ts";
import { isConfigSecret, withoutStackTraces } from "../../lib/pulumi/sdkInternals.ts";
import { childUrn, parseUrn } from "../../lib/pulumi/urn.ts";

/** Runs code in a process of its own, since it changes the SDK for good. */
async function printed(code: string, environment: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const args = ["--input-type=module", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: new URL("../..", import.meta.url),
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout);
}

/** Declares a resource, and prints how often the SDK used what is replaced, in the way it is replaced. */
const declaring = (before: string) => `
  import * as pulumi from "@pulumi/pulumi";
  import { leaveOutSdkDebugging } from "./lib/pulumi/sdkInternals.ts";
  const used = { debug: 0, stackTrace: 0 };
  Object.assign(pulumi.log, { debug: async () => void (used.debug += 1) });
  Object.assign(pulumi.Resource, { stackTrace: () => ((used.stackTrace += 1), []) });
  ${before}
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: () => ({}),
  });
  new pulumi.CustomResource("a:b:C", "c", {});
  await pulumi.runtime.disconnect();
  console.log(JSON.stringify(used));`;

interface Used {
  readonly debug: number;
  readonly stackTrace: number;
}

describe("the SDK", () => {
  test("looks up its debugging texts and places of declaration at each call, so that they can be left out", async () => {
    const usual = (await printed(declaring(""))) as Used;
    assert.ok(usual.debug > 0 && usual.stackTrace > 0, JSON.stringify(usual));
    assert.deepEqual(await printed(declaring("leaveOutSdkDebugging();")), { debug: 0, stackTrace: 0 });
  });

  test("keeps them where debugging is asked for", async () => {
    const debugging = { PULUMI_DEBUG_PROMISE_LEAKS: "1" };
    const used = (await printed(declaring("leaveOutSdkDebugging();"), debugging)) as Used;
    assert.ok(used.debug > 0 && used.stackTrace > 0, JSON.stringify(used));
  });

  test("watches over a resource by few of its promises, and over each property by four more, which are left out", async () => {
    const watched = (before: string) => `
      import * as pulumi from "@pulumi/pulumi";
      import debuggable from "@pulumi/pulumi/runtime/debuggable.js";
      import { leaveOutSdkDebugging } from "./lib/pulumi/sdkInternals.ts";
      const contexts = [];
      const { debuggablePromise } = debuggable;
      debuggable.debuggablePromise = (promise, context) => (contexts.push(context), debuggablePromise(promise, context));
      ${before}
      await pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) });
      new pulumi.CustomResource("a:b:C", "c", { one: 1, two: 2 });
      await pulumi.runtime.disconnect();
      const transfers = contexts.filter((context) => /^transfer/.test(context)).length;
      console.log(JSON.stringify({ transfers, others: contexts.length - transfers }));`;
    const usual = (await printed(watched(""))) as { transfers: number; others: number };
    assert.equal(usual.transfers, 8);
    assert.ok(usual.others > 4, JSON.stringify(usual));
    const quiet = await printed(watched("leaveOutSdkDebugging();"));
    assert.deepEqual(quiet, { transfers: 0, others: usual.others });
  });

  test("still says that a program ended before all was declared", async () => {
    const code = `
      import * as pulumi from "@pulumi/pulumi";
      import { leaveOutSdkDebugging } from "./lib/pulumi/sdkInternals.ts";
      leaveOutSdkDebugging();
      await pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) });
      new pulumi.CustomResource("a:b:C", "c", { never: new Promise(() => {}) });
      console.error = () => {};`;
    await assert.rejects(printed(code), { code: 1 });
  });

  test("turns functions into text with libraries that need not be loaded before", async () => {
    const code = `
      import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      const pulumi = require("@pulumi/pulumi");
      const loaded = () => Object.keys(require.cache).filter((file) =>
        /node_modules.(typescript.lib.typescript|spdx-correct.index).js$/.test(file)).length;
      const before = loaded();
      const one = 1;
      const { text } = await pulumi.runtime.serializeFunction(() => one + 1);
      console.log(JSON.stringify({ before, works: text.includes("one + 1"), after: loaded() > 0 }));`;
    const lazily = { NODE_OPTIONS: "--require ./toolchain/node/lazyModules.cjs" };
    assert.deepEqual(await printed(code), { before: 2, works: true, after: true });
    assert.deepEqual(await printed(code, lazily), { before: 0, works: true, after: true });
  });

  test("takes its stack traces with Error.stackTraceLimit, which is as before afterwards", () => {
    const before = Error.stackTraceLimit;
    assert.equal(
      withoutStackTraces(() => new Error("x").stack),
      "Error: x",
    );
    assert.equal(Error.stackTraceLimit, before);
  });

  test("knows which settings are secret", () => {
    pulumi.runtime.setAllConfig({ "a:open": "1", "a:hidden": "2" }, ["a:hidden"]);
    assert.deepEqual([isConfigSecret("a:open"), isConfigSecret("a:hidden")], [false, true]);
  });

  test("has the marks of the engine's protocol", () => {
    const require = createRequire(import.meta.url);
    const rpc = require("@pulumi/pulumi/runtime/rpc.js") as Record<string, unknown>;
    assert.deepEqual(
      [rpc["unknownValue"], rpc["specialSigKey"], rpc["specialSecretSig"]],
      [unknownValue, signature, secretSignature],
    );
  });
});

test("a URN is taken apart, also one whose name holds the separator", () => {
  assert.deepEqual(parseUrn("urn:pulumi:prod::mesh-six::a:b:C$d:e:F::x::y"), {
    stack: "prod",
    project: "mesh-six",
    types: "a:b:C$d:e:F",
    type: "d:e:F",
    name: "x::y",
  });
});

test("the URN of a child holds the types of its parents", () => {
  const parent = "urn:pulumi:prod::mesh-six::a:b:C::x";
  assert.equal(childUrn(parent, "d:e:F", "y"), "urn:pulumi:prod::mesh-six::a:b:C$d:e:F::y");
});
