/** `npm run preview -- --stack NAME`: what the next update would do, ranked by risk; on a pull request as one comment. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { githubOfJob, keepComment, marker, parseThread } from "./preview/githubComment.ts";
import { comment } from "./preview/markdown.ts";
import type { Digest } from "./preview/digest.ts";
import { preview } from "./preview/preview.ts";
import { asText, forLog } from "./preview/terminalText.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";

const usage = `usage: npm run --silent preview -- --stack NAME [options]

Shows every change of the next "pulumi up" of the stack once, ranked: possible loss of data, changes of access,
replacements and removals, locks of pending SQL, the rest. Writes nothing, and shows no secret.

  --stack NAME              the stack; without it $PULUMI_STACK
  --json                    the same as one JSON document
  --policies [FOLDER]       hold the program to a policy pack (policies); needs Pulumi's Node.js language host
  --application FOLDER      look at a changed release in this checkout of the application; without it the repository
                            that ArgoCD follows is fetched
  --expect-no-changes       exit 1 when anything would change
  --comment OWNER/REPO#N    also leave it as a comment on that pull request; a second run edits the same comment.
                            $GITHUB_TOKEN, $GITHUB_API_URL and --author LOGIN (whose comments are ours) as in a job
  --summary                 also add it to the job's summary ($GITHUB_STEP_SUMMARY)

Pulumi is configured as for "pulumi up" (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE…).
Exit code: 0 shown, 1 the preview failed or a policy is broken or changes were not expected, 2 wrong call or trouble.
`;

type Call = NonNullable<ReturnType<typeof read>>;

async function run(call: Call): Promise<number> {
  const thread = call.comment === undefined ? undefined : parseThread(call.comment);
  if (thread !== undefined && thread.number === undefined) {
    throw new Error(`--comment: expected owner/repository#number, got ${call.comment ?? ""}`);
  }
  // A job without a token fails before the stack is looked at.
  const github = thread && githubOfJob();
  const { digest } = await untilInterrupted((signal) =>
    preview({
      stack: call.stack,
      refresh: false,
      policies: call.policies,
      application: call.application,
      signal,
      progress: (line) => process.stderr.write(`${line}\n`),
    }),
  );
  process.stdout.write(`${call.json ? JSON.stringify(digest, null, 2) : forLog(asText(digest))}\n`);
  const mark = marker("preview", call.stack);
  const heading = `Preview of stack ${call.stack.replaceAll(/[^\w.-]/g, "?")}`;
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (call.summary && summary) appendFileSync(summary, `${comment(digest, mark, heading, 900_000)}\n`);
  if (thread?.number !== undefined && github !== undefined) {
    const text = comment(digest, mark, heading);
    const address = await keepComment(github, { ...thread, number: thread.number }, mark, text, call.author);
    process.stderr.write(`comment: ${address}\n`);
  }
  return exitCode(digest, call.expectNoChanges);
}

function exitCode({ succeeded, changes, sql, remarks }: Digest, expectNoChanges: boolean): number {
  if (!succeeded || remarks.some(({ severity }) => severity === "error")) return 1;
  if (!expectNoChanges || changes.length + sql.length === 0) return 0;
  process.stderr.write("expected no changes, got those above; converge the stack with pulumi up\n");
  return 1;
}

function read() {
  const line = readCommandLine(
    {
      stack: { type: "string" },
      json: { type: "boolean", default: false },
      policies: { type: "string" },
      application: { type: "string" },
      "expect-no-changes": { type: "boolean", default: false },
      comment: { type: "string" },
      author: { type: "string" },
      summary: { type: "boolean", default: false },
    },
    { usual: { policies: "policies" } },
  );
  if (line === undefined) return undefined;
  const { values } = line;
  return { ...values, stack: stackOf(values.stack), expectNoChanges: values["expect-no-changes"] };
}

runCommand({ usage, read, run, trouble: 2 });
