/** `npm run migrations -- status | baseline | repair`: what a person does to the migrations besides `pulumi up`. */
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { baseline, repair, status } from "../providers/migrations/ledger/commands.ts";
import { projectFolder } from "../lib/process/projectFolder.ts";
import { runCommand } from "../lib/cli/command.ts";

const usage = `usage: DATABASE_URL=postgres://… npm run migrations -- COMMAND [options]

  status                     every file's state, and the SQL that is pending; writes nothing
  baseline [--up-to FILE]    count files as applied without running them
  repair                     let the ledger follow files that were edited, renamed or deleted after they were applied
    --statement-done FILE    and count the statement as done at which that file was interrupted

  --write                    do it; without it baseline and repair only show what they would do
  --directory FOLDER         where the files are (migrations)
  --out-of-order             let a file be pending although one with a higher number is applied

Exit code: 0 done or shown, 1 refused or failed, 2 wrong call.
`;

type Call = NonNullable<ReturnType<typeof read>>;

async function run({ url, values, command }: Call): Promise<number> {
  const options = {
    url,
    directory: projectFolder(values.directory),
    allowOutOfOrder: values["out-of-order"],
    write: values.write,
    progress: (line: string) => console.log(line),
  };
  if (command === "status") await status(options);
  if (command === "baseline") await baseline(options, values["up-to"]);
  if (command === "repair") await repair(options, values["statement-done"]);
  if (command !== "status" && !values.write) console.log("nothing was written; add --write to do it");
  return 0;
}

function read() {
  const line = readCommandLine(
    {
      directory: { type: "string", default: "migrations" },
      "out-of-order": { type: "boolean", default: false },
      "statement-done": { type: "string" },
      "up-to": { type: "string" },
      write: { type: "boolean", default: false },
    },
    { operands: true },
  );
  if (line === undefined) return undefined;
  const { values, operands: positionals } = line;
  const [command = ""] = positionals;
  if (positionals.length !== 1 || !["status", "baseline", "repair"].includes(command))
    throw new Error(`expected status, baseline or repair, got ${positionals.join(" ") || "nothing"}`);
  const url = process.env["DATABASE_URL"];
  if (!url) throw new Error("DATABASE_URL: expected the database's URL, got nothing; set it");
  return { url, values, command };
}

runCommand({ usage, read, run, outlivesReader: true });
