import { realpath } from "node:fs/promises";
import process from "node:process";
import { unreachable } from "../../toolchain/obtain/download.ts";
import { engine, fits } from "../../toolchain/parts/engine.ts";
import { officialPlugins, wantedVersion } from "../../toolchain/parts/plugins.ts";
import { onPath, run } from "../../lib/process/run.ts";
import { versions } from "../../toolchain/versions.ts";
import { type Finding, fail, pass, skipped, warn } from "./examination.ts";

/** The oldest Node that runs the program's TypeScript as it is. */
const oldestNode = 24;

const putFirst = 'export PATH="$PWD/node_modules/.bin:$PATH"';

/** Node as the engine will find it. */
export async function lookAtNode(): Promise<Finding<true>> {
  const [first] = await onPath("node");
  const version = first === undefined ? process.version : (await run(first, ["--version"])).stdout.trim();
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
  if (major >= oldestNode) return pass(version, true);
  return fail(`Node on PATH: expected ${oldestNode} or newer, got ${version || "none"}`, putFirst);
}

/**
 * The engine that typing `pulumi` starts.
 *
 * @returns a command to go on with, also where that one does not fit
 */
export async function lookAtEngine(): Promise<Finding<string>> {
  const install = `install Pulumi ${versions.engine} or newer: https://www.pulumi.com/docs/install/`;
  const found = await engine.find();
  const typed = await firstOnPath();
  if (typed !== undefined && !fits(typed.version)) {
    const expected = `${versions.engine} or newer, below 4`;
    return fail(
      `${typed.command}: expected ${expected}, got ${typed.version || "one that does not start"}`,
      install,
      found?.command,
    );
  }
  if (found === undefined) return fail("pulumi: expected it on PATH, got none", install);
  const where = typed === undefined ? "; not on PATH, where plain pulumi commands need it" : "";
  return pass(`${found.version} (${found.command})${where}`, found.command);
}

async function firstOnPath(): Promise<{ command: string; version: string } | undefined> {
  for (const command of await onPath("pulumi")) {
    // npm's launcher of that name would start a download just by being asked for its version.
    if ((await realpath(command)).includes("node_modules")) continue;
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await run(command, ["version"], { env, limit: 20_000 });
    return { command, version: /^v?(\d+\.\d+\.\d+)/.exec(stdout.trim())?.[1] ?? "" };
  }
  return undefined;
}

/** The resource plugins; the engine downloads what is missing, as far as it gets out. */
export async function lookAtPlugins(): Promise<Finding<true>> {
  const present = Object.entries(await officialPlugins());
  const missing = present.flatMap(([name, folder]) => (folder === undefined ? [name] : []));
  if (missing.length === 0) return pass(present.map(([name]) => name).join(", "), true);
  const wanted = await Promise.all(
    missing.map(
      async (name) => `${name} ${await wantedVersion(name as Parameters<typeof wantedVersion>[0])}`,
    ),
  );
  const remedy = wanted.map((plugin) => `pulumi plugin install resource ${plugin}`).join(" && ");
  const hindrance = await unreachable("https://get.pulumi.com/install.sh", AbortSignal.timeout(10_000));
  const list = wanted.join(", ");
  if (hindrance === undefined) return warn(`${list}: downloaded by the next pulumi up`, remedy, true);
  return fail(`expected ${list}, got none, and no way to download them (${hindrance})`, remedy);
}

/**
 * The language host, with which plain `pulumi up` runs the program.
 *
 * @param needed - false for the sandbox's stack, which does without
 */
export function lookAtLanguageHost(path: string | undefined, needed: boolean): Finding {
  if (path !== undefined) return pass(path);
  if (!needed) return skipped("none here: npm run sandbox does without");
  return fail(
    "pulumi-language-nodejs: expected it beside pulumi, got none",
    "install Pulumi with its official installer, which brings it: https://www.pulumi.com/docs/install/",
  );
}
