/** `npm run drift -- --stack NAME`: what somebody changed behind the program's back. */
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { githubOfJob, keepIssue, marker, parseThread } from "./preview/githubComment.ts";
import { isConsequence } from "./preview/digestOfEvents.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { comment } from "./preview/markdown.ts";
import type { Digest } from "./preview/digest.ts";
import { preview } from "./preview/preview.ts";
import { driftTable } from "./preview/drift.ts";
import { forLog } from "./preview/terminalText.ts";
import type { GitHub } from "../lib/github/client.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";

const usage = `usage: npm run --silent drift -- --stack NAME [--json] [--no-save] [--issue OWNER/REPO]

Reads every object, row, board and webhook of the stack as it really is, and lists the differences from what the
program declares. They are saved in the stack's state, as by "pulumi refresh", and nowhere else: so the next "pulumi up"
(in the sandbox: npm run sandbox) puts them right. Fields that others added to the cluster's objects, beside the
declared ones, are listed with who added them; they count as drift only where they change access.

  --stack NAME          the stack; without it $PULUMI_STACK
  --json                one JSON document {stack, clean, saved, drifted: […], additions: […], …}
  --no-save             leave the state as it is too; then "pulumi up --refresh" puts it right
  --issue OWNER/REPO    also keep one open issue there while there is drift, and close it when there is none;
                        $GITHUB_TOKEN, $GITHUB_API_URL and --author LOGIN (whose issues are ours) as in a job

Pulumi is configured as for "pulumi up" (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE…).
Exit code: 0 clean, 1 something drifted, 2 trouble: the check did not finish.
`;

interface Call {
  readonly stack: string;
  readonly json: boolean;
  readonly save: boolean;
  readonly issue?: string | undefined;
  readonly author?: string | undefined;
}

async function run(call: Call): Promise<number> {
  const { stack, json } = call;
  const where = call.issue === undefined ? undefined : parseThread(call.issue);
  // A job without a token fails before the stack is looked at.
  const github = where && githubOfJob();
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { digest, saved } = await untilInterrupted(async (signal) => {
    const seen = await preview({ stack, refresh: true, signal, progress });
    const save = call.save && seen.digest.succeeded && seen.digest.changes.length > 0;
    if (save) {
      progress(`saving in the state of stack ${stack} what was seen …`);
      await seen.saveSeen();
    }
    // A mere consequence of putting the rest right is no drift.
    const changes = seen.digest.changes.filter((change) => !isConsequence(change));
    return { digest: { ...seen.digest, changes }, saved: save };
  });
  const { succeeded, changes, sql, additions, remarks } = digest;
  const clean = changes.length + sql.length === 0 && !additions.some(({ access }) => access);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ stack, clean: succeeded && clean, saved, drifted: changes, sql, additions, remarks }, null, 2)}\n`,
    );
  } else process.stdout.write(`${forLog(driftTable(digest, saved))}\n`);
  if (!succeeded) {
    process.stderr.write(
      "drift: expected to read the whole stack, got the errors above; there is no result until they are mended\n",
    );
    return 2;
  }
  if (where !== undefined && github !== undefined) await keep(github, where, digest, clean, call.author);
  return clean ? 0 : 1;
}

async function keep(
  github: GitHub,
  where: { readonly owner: string; readonly repo: string },
  digest: Digest,
  clean: boolean,
  author: string | undefined,
): Promise<void> {
  const mark = marker("drift", digest.stack);
  const title = `Drift: stack ${digest.stack}`;
  const body = comment(digest, mark, "Drift: what `pulumi up --refresh` would put right");
  const help = "\nTo put it right: `pulumi up --refresh`. To keep it: change the program or its settings.\n";
  const issue = clean ? undefined : { title, body: `${body}${help}` };
  const address = await keepIssue(github, where, mark, issue, author);
  if (address !== undefined) process.stderr.write(`issue${clean ? " closed" : ""}: ${address}\n`);
}

function read(): Call | undefined {
  const line = readCommandLine(
    {
      stack: { type: "string" },
      json: { type: "boolean", default: false },
      save: { type: "boolean", default: true },
      issue: { type: "string" },
      author: { type: "string" },
    },
    { negative: true },
  );
  if (line === undefined) return undefined;
  const { values } = line;
  return { ...values, stack: stackOf(values.stack) };
}

runCommand({ usage, read, run, trouble: 2, outlivesReader: true });
