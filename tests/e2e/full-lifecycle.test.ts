/**
 * The end-to-end test: opens an issue in the test repository and follows it from Todo to Done. `npm run e2e --
 * --stack NAME` runs it and makes a report; `node --test tests/e2e/full-lifecycle.test.ts` does with the
 * variables of `npm run outputs`.
 */
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { progress, report, trace } from "../live/announce.ts";
import { answered } from "../live/answered.ts";
import { CheckFailure, make } from "../live/check.ts";
import { Cluster } from "../live/cluster.ts";
import { Database } from "../live/database.ts";
import { endToEndEnvironment } from "../live/environment.ts";
import { readable } from "../live/events.ts";
import { interruption } from "../live/interruption.ts";
import { type Look, poll } from "../live/poll.ts";
import { deliveryLines } from "../live/deliveries.ts";
import { whereabouts } from "../live/whereabouts.ts";
import { duration } from "../../toolchain/progress.ts";
import { type Issue, TestBed } from "./helpers.ts";
import { inAll, type Step, steps, watchEvery } from "./stages.ts";
import { type Observation, Setback, Story } from "./story.ts";

const environment = endToEndEnvironment();
const database = new Database(environment.databaseUrl);
const bed = new TestBed(environment, database);
const faster = environment.timesFaster;
/** In the title of this run's issue, and of no other's. */
const mark = `e2e ${randomUUID().slice(0, 8)}`;

/** The time that a look still has when a step's time is over, in milliseconds: the database has its 30 s before. */
const lastAnswer = 35_000;

/** The services whose pods tell more when a stage fails. */
const services = ["project-manager", "webhook-receiver"];

test("an issue goes from Todo to Done", async (context) => {
  const signal = interruption();
  const end = performance.now() + (inAll * 60_000) / faster;
  let since = new Date();
  let issue: Issue | undefined;
  let last: Observation | undefined;
  let opening = false;
  let failed = false;
  const notReached = new Set<string>();
  const step = async (stage: string, expected: string, look: () => Promise<string>) => {
    if (failed || signal.aborted) {
      if (notReached.has(stage)) return;
      notReached.add(stage);
      report({ milestone: stage, expected, seen: "not reached", status: "skip", where: [], seconds: 0 });
      return;
    }
    const check = { milestone: stage, expected, services, look };
    await context.test(`${stage}: ${expected}`, (inner) =>
      make(inner, check, (names) => lookAt(names, stage), signal).catch((error: unknown) => {
        failed = true;
        notReached.add(stage);
        throw error;
      }),
    );
  };

  try {
    let card = "";
    await step("START", "an issue labelled feature-request, on the board in Todo", async () => {
      since = await database.now();
      opening = true;
      issue = await bed.open(mark);
      if (!(await bed.hasLabel(issue))) {
        throw new CheckFailure(`${issue.url} has no label feature-request: may the token set labels?`);
      }
      card = await bed.putOnBoard(issue);
      return issue.url;
    });
    const subject = issue;
    const story = subject && new Story(subject);
    for (const wanted of steps) {
      await step(wanted.stage, wanted.expected, async () => {
        if (subject === undefined || story === undefined) throw new CheckFailure("there is no issue");
        const observe = async (due: boolean) => {
          last = await bed.observe(subject, card, since, due && wanted.wanted.kind === "health");
          return last;
        };
        return follow(story, wanted, observe, Math.max(0, end - performance.now()), signal);
      });
    }
  } finally {
    if (opening) await cleanUp(issue, !failed && !signal.aborted);
    trace((last?.events ?? []).map(readable));
  }
  signal.throwIfAborted();
});

/**
 * Waits until a step has happened. The card is watched all the while, so that no column is missed; the step
 * itself is judged whenever it is due.
 *
 * @throws CheckFailure that says what was seen instead
 */
async function follow(
  story: Story,
  wanted: Step,
  observe: (due: boolean) => Promise<Observation>,
  left: number,
  signal: AbortSignal,
): Promise<string> {
  const limit = (wanted.within * 60_000) / faster;
  const begin = performance.now();
  let told = begin;
  let next = begin;
  let last: Look<string> = { seen: "nothing" };
  const look = async (): Promise<Look<string>> => {
    const now = performance.now();
    const due = now >= next || now >= begin + Math.min(limit, left);
    if (due) next = now + (wanted.every * 1_000) / faster;
    try {
      const within = Math.max(0, begin + Math.min(limit, left) - now) + lastAnswer;
      story.observe(await answered("GitHub", observe(due), { within, signal }));
    } catch (error) {
      if (error instanceof Setback) throw new CheckFailure(error.message);
      signal.throwIfAborted();
      // A moment without an answer is no failure of the system that is looked at.
      return { seen: `${(error as Error).message}; the card's way: ${story.path}` };
    }
    if (performance.now() - told > 30_000 / Math.min(faster, 6)) {
      told = performance.now();
      const waited = `${duration(told - begin)} of ${duration(limit)}`;
      progress(`${wanted.stage}: waiting for ${wanted.expected} … ${waited}; ${story.path}`);
    }
    if (due) last = story.look(wanted);
    return last;
  };
  const every = (watchEvery * 1_000) / faster;
  const result = await poll(look, { every, limit: Math.min(limit, left), signal });
  if ("done" in result) return result.done;
  const reason =
    left < limit ? `within the ${String(inAll)} minutes of the whole run` : `within ${duration(limit)}`;
  throw new CheckFailure(`not ${reason}; ${result.seen}`);
}

/** Closes the issue, whatever has happened; what people and the system made of it stays. */
async function cleanUp(issue: Issue | undefined, succeeded: boolean): Promise<void> {
  try {
    if (issue !== undefined) await bed.close(issue.number, succeeded ? "completed" : "not_planned");
    const closed = issue?.number ?? (await bed.closeMarked(mark));
    if (closed !== undefined) {
      progress(`closed issue #${String(closed)}${succeeded ? " as completed" : ""}`);
    }
  } catch (error) {
    const what = issue === undefined ? `an issue with “${mark}” in its title, if there is one` : issue.url;
    report({
      milestone: "CLEAN-UP",
      status: "fail",
      expected: "the issue closed",
      seen: (error as Error).message,
      where: [`${what}: close it by hand`],
      seconds: 0,
    });
    throw error;
  }
}

/**
 * The pods behind a stage, where the cluster can be reached from here. An issue that hangs in INTAKE has perhaps not come
 * to the system at all.
 */
async function lookAt(names: readonly string[], stage: string): Promise<readonly string[]> {
  const deliveries = stage === "INTAKE" ? await deliveryLines(environment.webhook) : [];
  const pods = await Promise.resolve()
    .then(() => whereabouts(new Cluster(environment), names))
    .catch((error: unknown) => [`nothing more can be read from the cluster: ${(error as Error).message}`]);
  return [...deliveries, ...pods];
}
