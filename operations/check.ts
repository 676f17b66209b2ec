import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";
import { styleText } from "node:util";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { findOutdated } from "./check/outdated.ts";
import { table } from "../lib/cli/table.ts";
import { findActionlint } from "../toolchain/parts/actionlint.ts";
import { progressToStderr } from "../toolchain/progress.ts";
import { runCommand } from "../lib/cli/command.ts";

type Command = readonly [string, ...string[]];

interface Check {
  readonly name: string;
  /** The command; or a way to get it, with the reason where this machine cannot have it. */
  readonly command: Command | (() => Promise<Command | { readonly missing: string }>);
  /** The command by which a developer mends it. */
  readonly remedy: string;
}

const checks: readonly Check[] = [
  { name: "format", command: ["prettier", "--check", "."], remedy: "npx prettier --write ." },
  {
    name: "lint",
    command: ["eslint", ".", "--max-warnings=0"],
    remedy: "npx eslint . --fix, or mend by hand",
  },
  { name: "types", command: ["tsc", "--noEmit", "-p", "."], remedy: "mend the types named above" },
  { name: "unused", command: ["knip"], remedy: "remove what is unused, or use it" },
  {
    name: "settings",
    command: ["node", "operations/check/settings.ts"],
    remedy: "npm run check -- --write",
  },
  {
    name: "workflows",
    command: async () => {
      const found = await findActionlint(progressToStderr());
      // Programs that happen to be on PATH would make the result differ from machine to machine.
      return "missing" in found ? found : [found.command, "-shellcheck=", "-pyflakes="];
    },
    remedy: "mend the lines named above (https://github.com/rhysd/actionlint)",
  },
];

/** Writes what the check of the settings expects. */
const generated: Check = {
  name: "settings",
  command: ["node", "operations/check/settings.ts", "--write"],
  remedy: "",
};

interface Outcome {
  readonly check: Check;
  readonly ok: boolean;
  /** The reason why it was not run. */
  readonly skipped?: string;
  readonly output: string;
  readonly seconds: number;
}

async function run(check: Check): Promise<Outcome> {
  const started = performance.now();
  const command = await commandOf(check).catch((error: unknown) => error as Error);
  if (command instanceof Error) return { check, ok: false, output: command.message, seconds: 0 };
  if ("missing" in command) return { check, ok: true, skipped: command.missing, output: "", seconds: 0 };
  return new Promise((resolve) => {
    const [file, ...args] = command;
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    const finish = (ok: boolean, extra = "") =>
      resolve({
        check,
        ok,
        output: Buffer.concat(chunks).toString() + extra,
        seconds: Math.round((performance.now() - started) / 1000),
      });
    child.on("error", (error) => finish(false, error.message));
    child.on("close", (code) => finish(code === 0));
  });
}

async function commandOf({ command }: Check): Promise<Command | { readonly missing: string }> {
  return typeof command === "function" ? command() : command;
}

const colour = (style: "green" | "red", text: string) => styleText(style, text, { stream: process.stdout });

/** Runs the checks, two at a time, and tells how many failed. */
async function runAll(): Promise<number> {
  const waiting = [...checks];
  let failed = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { ok, skipped, output, seconds } = await run(check);
      if (skipped !== undefined) {
        console.log(`skip  ${check.name}: ${skipped}`);
        continue;
      }
      if (ok) {
        console.log(`${colour("green", "pass")}  ${check.name} (${seconds} s)`);
        continue;
      }
      failed += 1;
      console.log(
        `${output.trimEnd()}\n${colour("red", "fail")}  ${check.name} (${seconds} s): ${check.remedy}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 2) }, worker));
  return failed;
}

async function listOutdated(): Promise<number> {
  process.stderr.write("asking the npm registry and Go's module proxy …\n");
  const rows = (await findOutdated()).map(({ file, name, current, newest }) => [
    name,
    current,
    newest ?? "could not be asked",
    file,
  ]);
  for (const row of table([["Dependency", "Current", "Newest", "Written in"], ...rows])) console.log(row);
  return 0;
}

runCommand({
  usage: `usage: npm run check [-- --write | --outdated]

Formatting, lint, types, unused code, workflows, and what is generated from the settings' declarations: Pulumi.yaml
and the tables of docs/settings.md. Exit code 1 if any of them fails.

  --write      write what is generated first
  --outdated   instead list every dependency that is behind; docs/dependencies.md says which ones are held back
`,
  read: () => {
    const line = readCommandLine({
      write: { type: "boolean", default: false },
      outdated: { type: "boolean", default: false },
    });
    return line?.values;
  },
  run: async ({ write, outdated }) => {
    if (outdated) return listOutdated();
    if (write) console.log((await run(generated)).output.trimEnd());
    return (await runAll()) === 0 ? 0 : 1;
  },
});
