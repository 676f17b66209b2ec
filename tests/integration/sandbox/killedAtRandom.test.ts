import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { markedProcesses } from "../../../lib/process/processTable.ts";
import { BackendStack, postgresBackend, said } from "../../support/engine/backendStack.ts";
import { killHard, untilLines } from "../../support/engine/killing.ts";
import { type Outcome, TestSandbox } from "../../support/engine/sandbox.ts";
import { assertOneOfEverything } from "../../support/github/onboarded.ts";
import {
  changeSettings,
  entriesOf,
  githubOf,
  type SandboxGitHub,
} from "../../support/github/sandboxGithub.ts";
import { type Random, randomOf } from "../../support/random.ts";

/** As in `20,10`: of the sandbox's stack in files, and of a stack in PostgreSQL. */
const [inFiles = 0, inPostgres = 0] = (process.env["MESH_SIX_KILLS"] ?? "2,1").split(",").map(Number);
const seed = Number(process.env["MESH_SIX_SEED"] ?? Date.now() % 100_000);

/** The operation under way when the kill comes. */
const works = ["an up from nothing", "an up from nothing", "an up of changes", "a destroy"] as const;

interface Kill {
  readonly work: (typeof works)[number];
  /** Lines that the command has said before. */
  readonly lines: number;
  /** Milliseconds after that line. */
  readonly delay: number;
}

function killOf(random: Random): Kill {
  const work = random.pick(works);
  return { work, lines: random.below(work === "an up of changes" ? 12 : 60), delay: random.below(600) };
}

const titleOf = (index: number, { work, lines, delay }: Kill) =>
  `${String(index + 1)}: ${work}, ${String(delay)} ms after line ${String(lines)}, with seed ${String(seed)}`;

/** Resolves when the command has said so many lines and so much time has passed after, or when it has ended. */
async function untilMoment(child: ChildProcess, { lines, delay }: Kill): Promise<void> {
  await untilLines(child, lines).then(
    () => sleep(delay),
    () => undefined,
  );
}

describe("an operation that is killed at any moment", () => {
  let sandbox: TestSandbox;
  let github: SandboxGitHub;
  before(async () => {
    sandbox = await TestSandbox.create();
    // Starts the services, and writes nothing to them.
    await sandbox.operate("preview");
    github = await githubOf(sandbox);
  });
  after(() => sandbox.close());

  const random = randomOf(seed);
  /** Whether everything is there. */
  let isUp = false;

  /** Something for three plugins to do. */
  function change(): void {
    changeSettings(sandbox, {
      dashboardReplicas: 1 + random.below(3),
      eventMonthsAhead: 2 + random.below(5),
      repositories: entriesOf(sandbox).map((entry) => ({
        ...entry,
        description: `Number ${random.below(1e6)}`,
      })),
    });
  }

  describe("with its state in files", () => {
    for (const index of Array(inFiles).keys()) {
      const kill = killOf(random);
      const whole = random.chance(0.7);
      const title = `${titleOf(index, kill)}${whole ? "" : ", one process alone"}`;
      test(`converges by the same command, ${title}`, async (t) => {
        const needsUp = kill.work !== "an up from nothing";
        if (needsUp !== isUp) await sandbox.operate(needsUp ? "up" : "destroy");
        if (kill.work === "an up of changes") change();
        const command = kill.work === "a destroy" ? "destroy" : "up";
        const child = sandbox.start([command, "--verbose"]);
        const exit = once(child, "exit");
        await untilMoment(child, kill);
        const operation = markedProcesses(`${sandbox.directory}:operation`).map(({ pid }) => pid);
        t.diagnostic(
          child.exitCode === null ? `killed of ${String(operation.length)} processes` : "done before",
        );
        if (whole) for (const pid of [child.pid ?? 0, ...operation]) killHard(pid);
        else killHard(random.pick([child.pid ?? 0, ...operation]));
        await exit;
        const next = await sandbox.run([command, "--json"]);
        assert.equal(next.code, 0, said(next));
        await assertConverged(() => sandbox.run(["up", "--expect-no-changes"]), command === "destroy");
      });
    }
  });

  describe("with its state in PostgreSQL", () => {
    let stack: BackendStack;
    before(async () => {
      if (inPostgres === 0) return;
      // The objects that are there belong to the stack in files.
      if (isUp) await sandbox.operate("destroy");
      isUp = false;
      stack = await BackendStack.create(sandbox, await postgresBackend(sandbox));
    });
    after(() => {
      if (inPostgres > 0) stack.close();
    });

    for (const index of Array(inPostgres).keys()) {
      const kill = killOf(random);
      test(`converges by the same command or by those it names, ${titleOf(index, kill)}`, async (t) => {
        const needsUp = kill.work !== "an up from nothing";
        if (needsUp !== isUp) await stack.settled(needsUp ? "up" : "destroy");
        if (kill.work === "an up of changes") change();
        const command = kill.work === "a destroy" ? "destroy" : "up";
        const child = stack.start(command);
        const exit = once(child, "exit");
        await untilMoment(child, kill);
        t.diagnostic(child.exitCode === null ? "killed" : "done before");
        killHard(-(child.pid ?? 0));
        await exit;
        for (const remedy of await stack.settled(command)) t.diagnostic(`settled by ${remedy}`);
        await assertConverged(() => stack.run("up"), command === "destroy");
      });
    }
  });

  async function assertConverged(up: () => Promise<Outcome>, destroyed: boolean): Promise<void> {
    isUp = !destroyed;
    if (destroyed) {
      const namespaces = await sandbox.kubectl("get", "namespaces", "-o", "name");
      assert.doesNotMatch(namespaces, /namespace\/mesh-six$/m);
      return;
    }
    const again = await up();
    assert.equal(again.code, 0, said(again));
    assert.doesNotMatch(said(again), /[+~-] +\d+ (created|updated|deleted|replaced)/);
    await assertOneOfEverything(sandbox, github, "gwa-test-app");
    await sandbox.object("deployment", "dashboard", "-n", "mesh-six");
  }
});
