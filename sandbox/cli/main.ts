import { existsSync } from "node:fs";
import { readArguments, type Arguments, usage } from "./arguments.ts";
import { operateSandbox } from "../engine/operateSandbox.ts";
import { leaveSandboxHome, sandboxDirectory, type SandboxDirectory } from "../place/directory.ts";
import { withLock } from "../place/lock.ts";
import { showLogs } from "./logs.ts";
import { type Operation, operationRole, type OperationReport } from "../engine/operations.ts";
import { describeChanges, Screen } from "./screen.ts";
import { allServices } from "../services/catalogue.ts";
import { stopServices, whatEnded } from "../services/start.ts";
import { openSandbox, type Sandbox } from "../place/sandbox.ts";
import { rememberExisting } from "./existingServices.ts";
import { removeSandbox } from "../place/reset.ts";
import { remedyFor, inOneLine } from "./trouble.ts";
import { overview } from "./overview.ts";
import { readReleaseKind, runRelease } from "./release.ts";
import { showStatus } from "./status.ts";
import { listFaults, readSimulation, runSuite } from "./suite.ts";
import { summarize } from "./summary.ts";
import { WaitingLines } from "../engine/waitingLines.ts";
import { runCommand } from "../../lib/cli/command.ts";
import { Interruption } from "../../lib/cli/interruption.ts";

async function main({ command, operands, flags }: Arguments, screen: Screen): Promise<number> {
  const directory = sandboxDirectory(flags.directory);
  switch (command) {
    case "status":
      return showStatus(directory, screen, flags["show-secrets"] ?? false);
    case "logs":
      return showLogs(directory, screen, operands, flags.follow ?? false);
    case "down":
    case "reset":
      await stop(directory, command, screen);
      return 0;
    case "smoke":
    case "e2e": {
      if (flags.fault?.includes("list")) return listFaults(screen);
      const simulation = readSimulation(flags);
      return withLock(directory, command, screen.step, () => {
        rememberExisting(openSandbox(directory), flags);
        const sandbox = openSandbox(directory);
        return runSuite(sandbox, screen, { suite: command, simulation, operands });
      });
    }
    case "release": {
      const kind = readReleaseKind(operands);
      return withLock(directory, command, screen.step, () => {
        rememberExisting(openSandbox(directory), flags);
        return runRelease(openSandbox(directory), screen, kind);
      });
    }
    case "up":
    case "preview":
    case "refresh":
    case "destroy":
      return withLock(directory, command, screen.step, async () => {
        rememberExisting(openSandbox(directory), flags);
        return operate(openSandbox(directory), command, flags, screen);
      });
  }
}

async function stop(directory: SandboxDirectory, command: "down" | "reset", screen: Screen): Promise<void> {
  // Nothing is made only to be stopped.
  const there = existsSync(directory.root);
  const stopped = there
    ? await withLock(directory, command, screen.step, async () => {
        const { supervisor } = openSandbox(directory);
        // An operation that was killed may have left its engine and plugins behind.
        await supervisor.endStrays(operationRole, 15_000);
        const ended = await stopServices(allServices, supervisor);
        if (command === "reset") removeSandbox(directory);
        return ended;
      })
    : [];
  screen.line(stopped.length > 0 ? `Stopped ${stopped.join(", ")}.` : "Nothing was running.");
  if (command === "reset" && there) screen.line(`Removed ${directory.root}.`);
  screen.document({ stopped });
}

async function operate(
  sandbox: Sandbox,
  operation: Operation,
  flags: Arguments["flags"],
  screen: Screen,
): Promise<number> {
  const begin = Date.now();
  const reports: OperationReport[] = [];
  const interruption = new Interruption(() => {
    screen.line("Interrupted: the operation under way is ended in an orderly manner…");
  });
  const waiting = new WaitingLines(screen.step);
  const code = await operateSandbox(sandbox, {
    operation,
    expectNoChanges: flags["expect-no-changes"] ?? false,
    refreshFirst: flags.refresh ?? false,
    allowStandIns: flags["allow-stand-ins"] ?? false,
    interruption,
    say: screen.step,
    report(report) {
      reports.push(report);
      waiting.hear(report);
      screen.report(report, operation === "preview");
    },
  }).finally(() => {
    waiting.end();
  });
  const seconds = (Date.now() - begin) / 1000;
  const ended = code === 0 ? undefined : whatEnded(sandbox.services, sandbox.supervisor);
  const remedy = code === 1 ? remedyFor(reports, sandbox.directory.settings) : undefined;
  const failure = ended === undefined ? {} : { failure: ended };
  screen.document({ operation, succeeded: code === 0, seconds, ...summarize(reports), ...failure });
  const summary = reports.findLast((report) => report.kind === "summary");
  if (summary && code === 0) {
    screen.heading(`${operation}: ${describeChanges(summary)}, ${seconds.toFixed(1)} s`);
    if (operation === "up" && !screen.json) for (const line of await overview(sandbox)) screen.line(line);
  } else {
    screen.error(
      `${operation} ${code === 130 ? "was interrupted" : "failed"} after ${seconds.toFixed(1)} s.`,
    );
    if (ended !== undefined) screen.error(ended);
    if (remedy !== undefined) screen.error(remedy);
  }
  return code;
}

leaveSandboxHome(process.env);
const argv = process.argv.slice(2);
const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
const screen = new Screen({ json: own.includes("--json"), verbose: own.includes("--verbose") });

runCommand({
  usage,
  read: () => readArguments(argv),
  run: (call) => {
    process.on("exit", () => screen.document({ succeeded: false, failure: "interrupted" }));
    return main(call, screen);
  },
  words: inOneLine,
  // With --json there is a document, also when the command ended before there was anything to tell.
  failed: (failure) => screen.document({ succeeded: false, failure }),
  outlivesReader: true,
});
