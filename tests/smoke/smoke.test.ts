/**
 * The smoke tests: whether a deployed mesh-six lives. `npm run smoke -- --stack NAME` runs them and makes a
 * report; `node --test tests/smoke/smoke.test.ts` does with the variables of `npm run outputs`.
 */
import process from "node:process";
import { after, describe, test } from "node:test";
import { progress, report, trace } from "../live/announce.ts";
import { type Check, CheckSkipped, make } from "../live/check.ts";
import { Cluster, isReady } from "../live/cluster.ts";
import { Database } from "../live/database.ts";
import { smokeEnvironment } from "../live/environment.ts";
import { eventsOfTasks } from "../live/events.ts";
import { interruption } from "../live/interruption.ts";
import { Services } from "../live/services.ts";
import { whereabouts } from "../live/whereabouts.ts";
import { duration } from "../../toolchain/progress.ts";
import { dashboardInBrowser } from "./browser.ts";
import { dashboard } from "./dashboard.ts";
import { advice, memory, question, upkeep } from "./milestones.ts";
import { components, eventLog, partitions, pods } from "./surroundings.ts";
import { webhook } from "./webhook.ts";
import { newRun, type System } from "./system.ts";

const signal = interruption();
const environment = smokeEnvironment();
const cluster = reached();
const database = new Database(environment.databaseUrl);
const system: System = {
  cluster,
  services: new Services(cluster, environment.serviceUrl, signal),
  database,
  begin: await database.now().catch(() => new Date()),
  run: newRun(),
  signal,
  tasks: [],
  thinkers: [],
};

/** A kubeconfig that cannot be read is a finding too: there is nobody else to tell of it. */
function reached(): Cluster {
  try {
    return new Cluster(environment);
  } catch (error) {
    const expected = "a kubeconfig that can be read";
    const seen = (error as Error).message;
    report({ milestone: "Cluster", expected, seen, status: "fail", where: [], seconds: 0 });
    throw error;
  }
}

/** Milestones to look at; empty for all. */
const only = (process.env["TEST_ONLY"] ?? "").split(",").filter(Boolean);

const isWanted = (milestone: string) =>
  only.length === 0 || only.some((name) => milestone.toLowerCase().startsWith(name.toLowerCase()));

/** Services whose pods are of no use already fail the check of pods: others need not wait for their answers. */
const ofPods = environment.serviceUrl === "" && isWanted("Pods");

/** Some checks wait a minute and more: what they wait for is said meanwhile. */
async function told(milestone: string, look: () => Promise<string>): Promise<string> {
  const begin = performance.now();
  const beat = setInterval(() => {
    progress(`${milestone}: still waiting, ${duration(performance.now() - begin)}`);
  }, 15_000);
  return look().finally(() => clearInterval(beat));
}

/** A check under its milestone. */
function run(check: Check): void {
  const { milestone, expected, services, look } = check;
  if (!isWanted(milestone)) return;
  test(`${milestone}: ${expected}`, (context) =>
    make(
      context,
      {
        ...check,
        async look() {
          for (const service of ofPods ? (check.asks ?? services) : []) {
            const found = await cluster.podsOf(service).catch(() => {
              throw new CheckSkipped("not tried: the cluster does not answer, see Pods");
            });
            // A service without any pod is this check's own finding.
            if (found.pods.length > 0 && !found.pods.some(isReady)) {
              throw new CheckSkipped(`not tried: no pod of ${service} is ready, see Pods`);
            }
          }
          return told(milestone, look);
        },
      },
      (names) => whereabouts(cluster, names),
      signal,
    ));
}

describe("mesh-six is there", () => {
  run(pods(system));
  run(components(system, environment.daprNames));
  run(partitions(system, environment.partitionDays));
  run(webhook(environment.webhook));
});

// Side by side: each mostly waits for a language model.
describe("mesh-six works", { concurrency: true }, () => {
  for (const milestone of [question, memory, advice, dashboard, upkeep]) run(milestone(system));
  run(dashboardInBrowser(system, environment.browser));
});

// Last, for the checks before it have caused events of their own.
describe("mesh-six keeps its log", () => {
  run(eventLog(system));
});

after(async () => {
  trace(await eventsOfTasks(system.database, system.tasks).catch(() => []));
  await cluster.close();
});
