/** `npm run outputs -- --stack NAME --format env|json|github`: what the tests need to know of a stack. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { envLines, githubFile, githubMasks, jsonDocument } from "./outputs/formats.ts";
import { readOutputs } from "./outputs/readOutputs.ts";
import { type Variable, variablesOf } from "./outputs/variables.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";

const usage = `usage: npm run --silent outputs -- --stack NAME [--format FORMAT] [--show-secrets]

Prints the stack's outputs that the smoke and end-to-end tests start from.

  --stack NAME       the stack; without it $PULUMI_STACK
  --format env       lines NAME=value for a shell and for node --env-file (the default):
                       set -a; eval "$(npm run --silent outputs -- --stack prod --show-secrets)"; set +a
  --format json      one object
  --format github    for a step of GitHub Actions: hides the secrets in its log, then adds to $GITHUB_ENV and
                     $GITHUB_OUTPUT; outside of a step it prints the same text
  --show-secrets     the secrets too; without it they are left out

Pulumi is configured as for "pulumi up" (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE…).
Exit code: 0 printed, 1 the stack cannot be read or has no such outputs yet, 2 wrong call.
`;

const formats = ["env", "json", "github"] as const;
type Format = (typeof formats)[number];

interface Call {
  readonly stack: string;
  readonly format: Format;
  readonly secrets: boolean;
}

async function run(call: Call): Promise<number> {
  const { present, missing } = variablesOf(await readOutputs(call));
  const shown = call.secrets ? present : present.filter(({ secret }) => !secret);
  const left = present.filter((variable) => !shown.includes(variable)).map(({ name }) => name);
  if (left.length > 0) note(`left out as secret: ${left.join(", ")}; --show-secrets prints them`);
  if (missing.length > 0) {
    const list = missing.map(({ name, output }) => `${name} (output ${output})`).join(", ");
    note(`stack ${call.stack} does not give ${list}; run pulumi up with this version of the program`);
  }
  print(call.format, shown);
  return missing.length === 0 ? 0 : 1;
}

function print(format: Format, variables: readonly Variable[]): void {
  if (format === "env") process.stdout.write(envLines(variables));
  if (format === "json") process.stdout.write(jsonDocument(variables));
  if (format !== "github") return;
  // The masks first: from then on the runner hides the values wherever they turn up.
  process.stdout.write(githubMasks(variables));
  const files = [process.env["GITHUB_ENV"], process.env["GITHUB_OUTPUT"]].flatMap((path) => path || []);
  for (const path of files) appendFileSync(path, githubFile(variables));
  if (files.length === 0) process.stdout.write(githubFile(variables));
}

function read(): Call | undefined {
  const line = readCommandLine({
    stack: { type: "string" },
    format: { type: "string", default: "env" },
    "show-secrets": { type: "boolean", default: false },
    // Its name of before.
    secrets: { type: "boolean", default: false },
  });
  if (line === undefined) return undefined;
  const { values } = line;
  const stack = stackOf(values.stack);
  const format = formats.find((each) => each === values.format);
  if (format === undefined) throw new Error(`--format: expected ${formats.join(", ")}, got ${values.format}`);
  return { stack, format, secrets: values["show-secrets"] || values.secrets };
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

runCommand({ usage, read, run });
