/** `npm run check`: formatting, lint, types and unused code. Exit 1 if any of them fails. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";
import { styleText } from "node:util";

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What a developer runs to mend it. */
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
];

interface Outcome {
  readonly check: Check;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

function run(check: Check): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    const [file, ...args] = check.command;
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

const colour = (style: "green" | "red", text: string) => styleText(style, text, { stream: process.stdout });
const waiting = [...checks];
let failed = 0;

async function worker(): Promise<void> {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const { ok, output, seconds } = await run(check);
    if (ok) {
      console.log(`${colour("green", "pass")}  ${check.name} (${seconds} s)`);
      continue;
    }
    failed += 1;
    console.log(
      `${output.trimEnd()}\n${colour("red", "fail")}  ${check.name} (${seconds} s): ${check.remedy}`,
    );
  }
}

await Promise.all(Array.from({ length: Math.min(availableParallelism(), 2) }, worker));
process.exitCode = failed === 0 ? 0 : 1;
