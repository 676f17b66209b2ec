/** `npm run release -- --stack NAME`: which commit of the application runs, and each of its images by digest. */
import { relative, resolve } from "node:path";
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { connect } from "../lib/kubernetes/cluster.ts";
import { readTree } from "./images/gitTree.ts";
import { openRegistry } from "./images/registry.ts";
import { githubOfJob, parseThread } from "./preview/github.ts";
import { applyRelease, type ReleaseOutcome } from "./release/apply.ts";
import { earlierReleases } from "./release/history.ts";
import { isSameRelease } from "./release/plan.ts";
import { prepare, type PreparedRelease, prepareEarlier } from "./release/prepare.ts";
import { keepRequest } from "./release/pullRequest.ts";
import { reportLines } from "./release/report.ts";
import { openStack, refuseUnsettled, type ReleaseStack } from "./release/stack.ts";
import { runStep } from "./release/steps.ts";
import { lagging, untilRolled } from "./release/verify.ts";
import { projectRoot } from "./stack/environment.ts";
import { withPlainSetting, writePlainSetting } from "./stack/settingsFile.ts";

const usage = `usage: npm run --silent release -- --stack NAME --application FOLDER [options]

Writes the setting mesh-six:release of the stack: a commit of the application and each of its images by digest. Before
that it looks at all that could fail later: every image in the registry, the overlay at that commit with our patches,
each Secret key that the overlay reads. Then prints what moves from which commit to which.

  --application FOLDER     a checkout of the application's repository
  --ref REF                the commit of it (HEAD)
  --rollback [N]           not a commit, but the N-th release before the current one in the stack's history (1)
  --history                print the stack's releases, newest first, and write nothing
  --apply                  write, preview, up, wait for the rollout, smoke; on failure go back to the release before
  --pull-request OWNER/REPO  propose it: one pull request whose diff is the setting, kept up to date; $GITHUB_TOKEN
  --base BRANCH            the branch that it goes to (main)
  --dry-run                print, and write nothing
  --wait MINUTES           longest wait for the rollout (15)
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
  const registry = openRegistry({
    prefix: target.settings.imageRepository,
    login: call["registry-config"],
    certificates: call.ca,
  });
  const folder = resolve(call.application ?? "");
  const prepared =
    call.rollback === undefined
      ? await prepare(target, await readTree(folder, call.ref), registry)
      : await prepareEarlier(target, folder, await earlier(target, call.rollback), registry);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  for (const line of reportLines(prepared.report)) (call.json ? say : print)(line);
  let outcome: ReleaseOutcome | undefined;
  if (!call["dry-run"]) {
    if (call["pull-request"] !== undefined) await propose(call, target, prepared, say);
    else if (call.apply)
      outcome = await untilInterrupted((signal) => apply(call, target, prepared, signal, say));
    else if (isSameRelease(target.current, prepared.release)) say("the stack has this release already");
    else {
      write(target, prepared.release);
      say(`written to ${target.file}; look at it with npm run preview, converge with pulumi up`);
    }
  }
  if (call.json) print(JSON.stringify({ ...prepared.report, release: prepared.release, outcome }, null, 2));
  if (outcome === undefined) return 0;
  say(sentence(outcome));
  return { released: 0, refused: 1, returned: 1, broken: 3 }[outcome.state];
}

async function apply(
  call: Call,
  target: ReleaseStack,
  { release }: PreparedRelease,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<ReleaseOutcome> {
  await refuseUnsettled(target.call);
  const cluster = await connect(target.settings.inPlain().cluster);
  const { namespace, imageRepository } = target.settings;
  return applyRelease(target.current, release, {
    write: (wanted) => write(target, wanted),
    preview: () => runStep("preview", call.stack, signal),
    up: () => runStep("up", call.stack, signal),
    verify: (wanted) =>
      untilRolled(() => lagging(cluster, namespace, imageRepository, wanted), call.wait, progress, signal),
    smoke: () => runStep("smoke", call.stack, signal),
    progress: (step) => progress(`release: ${step}`),
  });
}

async function propose(
  call: Call,
  target: ReleaseStack,
  { release, report }: PreparedRelease,
  say: (line: string) => void,
): Promise<void> {
  const thread = parseThread(call["pull-request"] ?? "");
  const path = relative(projectRoot, target.file);
  const name = release.commit?.slice(0, 12) ?? "of the overlay's own tags";
  const address = await keepRequest(githubOfJob(), call.stack, {
    owner: thread.owner,
    repo: thread.repo,
    base: call.base,
    path,
    textOf: (text) => withPlainSetting(text, "release", settingOf(release)),
    title: `Release ${name}`,
    body: `${["```", ...reportLines(report), "```"].join("\n")}\n`,
  });
  say(address ?? `${call.base} has this release already`);
}

/** An empty release is no setting at all. */
function settingOf(release: PreparedRelease["release"]): PreparedRelease["release"] | undefined {
  return release.commit === undefined ? undefined : release;
}

function write({ file }: ReleaseStack, release: PreparedRelease["release"]): void {
  writePlainSetting(file, "release", settingOf(release));
}

async function earlier({ call, current }: ReleaseStack, back: number): Promise<PreparedRelease["release"]> {
  const all = (await earlierReleases(call)).map(({ release }) => release);
  const at = all.findIndex((release) => isSameRelease(release, current));
  const found = all[at + back];
  if (found !== undefined) return found;
  throw new Error(
    `--rollback ${String(back)}: expected so many releases before the current one in the history of stack ${call.stack}, got ${String(all.length - at - 1)}; npm run release -- --stack ${call.stack} --history lists them`,
  );
}

async function printHistory({ call, current }: ReleaseStack, json: boolean): Promise<number> {
  const found = await earlierReleases(call);
  if (json) print(JSON.stringify(found, null, 2));
  else
    for (const { release, update, at } of found)
      print(
        `${isSameRelease(release, current) ? "*" : " "} ${release.commit?.slice(0, 12) ?? "overlay's tags"}  update ${String(update)}  ${at}  ${String(Object.keys(release.images).length)} images`,
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function read() {
  const args = process.argv.slice(2).flatMap((arg, i, all) => {
    const next = all[i + 1];
    return arg === "--rollback" && (next === undefined || next.startsWith("-")) ? [arg, "1"] : [arg];
  });
  const line = readCommandLine(
    {
      stack: { type: "string" },
      application: { type: "string" },
      ref: { type: "string", default: "HEAD" },
      rollback: { type: "string" },
      history: { type: "boolean", default: false },
      apply: { type: "boolean", default: false },
      "pull-request": { type: "string" },
      base: { type: "string", default: "main" },
      "dry-run": { type: "boolean", default: false },
      wait: { type: "string", default: "15" },
      "registry-config": { type: "string" },
      ca: { type: "string" },
      json: { type: "boolean", default: false },
    },
    { args },
  );
  if (line === undefined) return undefined;
  const { values } = line;
  const [wait, back] = [Number(values.wait), Number(values.rollback ?? 1)];
  if (!(wait > 0)) throw new Error(`--wait: expected minutes, got ${values.wait}`);
  if (!Number.isInteger(back) || back < 1)
    throw new Error(`--rollback: expected a whole number from 1 on, got ${values.rollback ?? ""}`);
  if (!values.history && values.application === undefined)
    throw new Error("--application: expected a checkout of the application, got none");
  const rollback = values.rollback === undefined ? undefined : back;
  return { ...values, wait, rollback, stack: stackOf(values.stack) };
}

runCommand({ usage, read, run });
