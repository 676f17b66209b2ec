/** `npm run release -- --stack NAME`: which commit of the application runs, and each of its images by digest. */
import { resolve } from "node:path";
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { writeWhole } from "../lib/process/files.ts";
import type { Release } from "../settings/release.ts";
import { readTree, repositoryOf } from "./images/gitTree.ts";
import { openRegistry } from "./images/imageRegistry.ts";
import { type Digest, ranked } from "./preview/digest.ts";
import { asText, forLog } from "./preview/terminalText.ts";
import type { ReleaseOutcome } from "./release/apply/apply.ts";
import { bring, type BringOptions, bringToWritten, type Brought } from "./release/apply/bring.ts";
import { isSameRelease } from "./release/plan/plan.ts";
import { prepare, type PreparedRelease, prepareEarlier } from "./release/plan/prepare.ts";
import { propose } from "./release/propose.ts";
import { releaseChanges, type ReleaseReport } from "./release/plan/report.ts";
import { openStack, type ReleaseStack, writeRelease } from "./release/releaseStack.ts";
import { timelinePage } from "./release/apply/timeline.ts";

const usage = `usage: npm run --silent release -- --stack NAME --application FOLDER [options]

Writes the setting mesh-six:release of the stack: a commit of the application and each of its images by digest. Before
that it looks at all that could fail later: every image in the registry, the overlay at that commit with our patches,
each Secret and ConfigMap key that the overlay reads. Then it prints every image that moves, with both commits.

  --stack NAME             the stack; without it $PULUMI_STACK
  --application FOLDER     a checkout of the application's repository, with its history
  --ref REF                the commit of it (HEAD); uncommitted changes do not count
  --rollback [N]           not a commit, but the N-th release before the current one in the stack's history (1)
  --history                print the stack's releases, newest first, and write nothing
  --converge               bring the stack to the release in its settings, and write nothing: up, wait for the rollout,
                           smoke; for a job, where a pull request is the way back
  --apply                  write, preview, up, wait for the rollout, smoke; on failure go back to the release before
  --pull-request OWNER/REPO  propose it: one pull request whose diff is the setting, kept up to date; $GITHUB_TOKEN
  --base BRANCH            the branch that it goes to (main)
  --dry-run                print, and write nothing
  --wait MINUTES           longest wait for the rollout (15)
  --policies [FOLDER]      hold the program to a policy pack (policies); needs Pulumi's Node.js language host
  --timeline FILE          with --apply: write a page that shows when each step and each service's Pod was
  --registry-config FILE   login to ask the registry with, as docker login writes it (Docker's own)
  --ca FILE                further certificates that the registry's is verified with
  --json                   one JSON document on stdout, all else on stderr

Exit code: 0 written or released, 1 refused or back on the release before, 2 wrong call, 3 neither release is verified,
130 interrupted.
`;

type Call = NonNullable<ReturnType<typeof read>>;

async function run(call: Call): Promise<number> {
  const target = await openStack(call.stack);
  if (call.history) return printHistory(target, call.json);
  if (call.converge) return toWritten(call, target);
  const registry = openRegistry({
    prefix: target.settings.imageRepository,
    login: call["registry-config"],
    certificates: call.ca,
  });
  const application = await repositoryOf(resolve(call.application ?? ""));
  const prepared =
    call.rollback === undefined
      ? await prepare(target, await readTree(application, call.ref), registry)
      : await prepareEarlier(target, application, earlier(target, call.rollback), registry);
  const isApplied = call.apply && !call["dry-run"];
  // The preview, its first step, shows the same among all other changes.
  if (!isApplied) (call.json ? say : print)(forLog(asText(digestOf(call.stack, prepared.report))));
  let brought: Brought | undefined;
  if (isApplied)
    brought = await untilInterrupted((signal) => bring(target, prepared.release, optionsOf(call, signal)));
  else if (!call["dry-run"]) await write(call, target, prepared);
  if (call.json) print(JSON.stringify({ ...prepared, ...brought }, null, 2));
  if (brought === undefined) return 0;
  if (call.timeline !== undefined) {
    say(`timeline: ${writtenTimeline(call.timeline, timelinePage(call.stack, prepared.release, brought))}`);
  }
  say(sentence(brought.outcome));
  return { released: 0, refused: 1, returned: 1, broken: 3 }[brought.outcome.state];
}

/** A page that cannot be written changes nothing of the release's own outcome. @returns its file, or why there is none */
function writtenTimeline(file: string, page: string): string {
  try {
    writeWhole(file, page, 0o644);
    return file;
  } catch (error) {
    return `expected to write ${file}, got: ${error instanceof Error ? error.message : String(error)}; name another file`;
  }
}

/** @returns the exit code */
async function toWritten(call: Call, target: ReleaseStack): Promise<number> {
  const failure = await untilInterrupted((signal) => bringToWritten(target, optionsOf(call, signal)));
  const name = target.written.commit?.slice(0, 12) ?? "of the overlay's own tags";
  say(failure === undefined ? `on release ${name}` : `release ${name}: ${failure.reason}`);
  if (call.json)
    print(JSON.stringify({ release: target.written, converged: failure === undefined, ...failure }));
  return failure === undefined ? 0 : 1;
}

function optionsOf(call: Call, signal: AbortSignal): BringOptions {
  const application = call.application === undefined ? undefined : resolve(call.application);
  return { application, policies: call.policies, wait: call.wait, signal, say };
}

/** Writes the setting, or proposes it. */
async function write(call: Call, target: ReleaseStack, prepared: PreparedRelease): Promise<void> {
  const { release, report } = prepared;
  const repository = call["pull-request"];
  if (repository !== undefined) {
    const isBack = call.rollback !== undefined;
    const digest = digestOf(call.stack, report);
    const request = await propose(target, { repository, base: call.base, release, isBack, digest });
    say(request?.address ?? `${call.base} has this release already`);
  } else if (isSameRelease(target.written, release)) say(`${target.file} has this release already`);
  else {
    writeRelease(target, release);
    say(`written to ${target.file}; look at it with npm run preview, converge with pulumi up`);
  }
}

/** A preview's digest of nothing but the release. */
function digestOf(stack: string, release: ReleaseReport): Digest {
  const changes = ranked(releaseChanges(release));
  return {
    stack,
    succeeded: true,
    counts: {},
    changes,
    sql: [],
    adoption: [],
    additions: [],
    release,
    remarks: [],
  };
}

function earlier({ call, way, written }: ReleaseStack, back: number): Release {
  const all = way.map(({ release }) => release);
  const at = all.findIndex((release) => isSameRelease(release, written));
  const found = all[at + back];
  if (found !== undefined) return found;
  throw new Error(
    `--rollback ${String(back)}: expected so many releases before the current one in the history of stack ${call.stack}, got ${String(all.length - at - 1)}; npm run release -- --stack ${call.stack} --history lists them`,
  );
}

function printHistory({ way, written }: ReleaseStack, json: boolean): number {
  if (json) print(JSON.stringify(way, null, 2));
  else
    for (const { release, update, at } of way)
      print(
        `${isSameRelease(release, written) ? "*" : " "} ${release.commit?.slice(0, 12) ?? "overlay's tags"}  ${update > 0 ? `update ${String(update)}  ` : ""}${at}  ${String(Object.keys(release.images).length)} images`,
      );
  return 0;
}

function sentence(outcome: ReleaseOutcome): string {
  switch (outcome.state) {
    case "released":
      return "released";
    case "refused":
      return `refused: ${outcome.reason}`;
    case "returned":
      return `back on the release before, verified: ${outcome.reason}`;
    case "broken":
      return `${outcome.reason}; the way back failed too: ${outcome.alsoFailed}; look with npm run doctor`;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function read() {
  const line = readCommandLine(
    {
      stack: { type: "string" },
      application: { type: "string" },
      ref: { type: "string" },
      rollback: { type: "string" },
      history: { type: "boolean", default: false },
      converge: { type: "boolean", default: false },
      apply: { type: "boolean", default: false },
      policies: { type: "string" },
      "pull-request": { type: "string" },
      base: { type: "string", default: "main" },
      "dry-run": { type: "boolean", default: false },
      wait: { type: "string", default: "15" },
      timeline: { type: "string" },
      "registry-config": { type: "string" },
      ca: { type: "string" },
      json: { type: "boolean", default: false },
    },
    { usual: { rollback: "1", policies: "policies" } },
  );
  if (line === undefined) return undefined;
  const { values } = line;
  const [wait, back] = [Number(values.wait), Number(values.rollback ?? 1)];
  if (!(wait > 0)) throw new Error(`--wait: expected minutes, got ${values.wait}`);
  if (!Number.isInteger(back) || back < 1)
    throw new Error(`--rollback: expected a whole number from 1 on, got ${values.rollback ?? ""}`);
  const modes = (["history", "apply", "converge", "pull-request"] as const).filter((name) => values[name]);
  if (modes.length > 1)
    throw new Error(
      `--${modes[0] ?? ""}: expected it alone, got --${modes.slice(1).join(" and --")} with it`,
    );
  if (values.rollback !== undefined && values.ref !== undefined)
    throw new Error("--rollback: expected no --ref with it, since the stack's history names the commit");
  if (values.timeline !== undefined && !values.apply) throw new Error("--timeline: expected --apply with it");
  if (!values.history && !values.converge && values.application === undefined)
    throw new Error("--application: expected a checkout of the application, got none");
  const rollback = values.rollback === undefined ? undefined : back;
  return { ...values, wait, rollback, stack: stackOf(values.stack) };
}

runCommand({ usage, read, run, outlivesReader: true });
