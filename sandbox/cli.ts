import { rmSync } from "node:fs";
import { readArguments, type Arguments, usage, UsageError } from "./arguments.ts";
import { converge } from "./converge.ts";
import { sandboxDirectory } from "./directory.ts";
import { withLock } from "./lock.ts";
import { showLogs } from "./logs.ts";
import { type Operation, operationRole, type OperationReport } from "./operations.ts";
import { describeChanges, Screen } from "./screen.ts";
import { allServices } from "./services/catalogue.ts";
import { stopServices } from "./services/start.ts";
import { openSession, type Session } from "./session.ts";
import { rememberExisting } from "./existing.ts";
import { overview } from "./overview.ts";
import { showStatus } from "./status.ts";
import { listFaults, readSimulation, runSuite } from "./suite.ts";
import { summarize } from "./summary.ts";
import { Patience } from "./patience.ts";
import { Interruption } from "./interruption.ts";

async function main(argv: readonly string[]): Promise<number> {
  const { command, operands, flags } = readArguments(argv);
  if (flags.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const directory = sandboxDirectory(flags.directory);
  const json = flags.json ?? false;
  const screen = new Screen({ json, verbose: flags.verbose ?? false });
  switch (command) {
    case "status":
      return showStatus(directory, screen, { json, showSecrets: flags["show-secrets"] ?? false });
    case "logs":
      return showLogs(directory, operands, flags.follow ?? false);
    case "down":
    case "reset": {
      await withLock(directory, command, screen.step, () => stop(openSession(directory), screen, json));
      if (command === "reset") {
        rmSync(directory.root, { recursive: true, force: true });
        screen.line(`Removed ${directory.root}.`);
      }
      return 0;
    }
    case "smoke":
    case "e2e": {
      if (flags.fault?.includes("list")) return listFaults(screen);
      const simulation = readSimulation(flags);
      return withLock(directory, command, screen.step, () => {
        rememberExisting(openSession(directory), flags);
        const session = openSession(directory);
        return runSuite(session, screen, { suite: command, simulation, json, operands });
      });
    }
    case "up":
    case "preview":
    case "refresh":
    case "destroy":
      return withLock(directory, command, screen.step, async () => {
        rememberExisting(openSession(directory), flags);
        return operate(openSession(directory), command, flags, screen);
      });
  }
}

async function stop(session: Session, screen: Screen, json: boolean): Promise<void> {
  // An operation that was killed may have left its engine and plugins behind.
  await session.supervisor.endStrays(operationRole, 15_000);
  const stopped = await stopServices(allServices, session.supervisor);
  if (json) process.stdout.write(`${JSON.stringify({ stopped }, null, 2)}\n`);
  else screen.line(stopped.length > 0 ? `Stopped ${stopped.join(", ")}.` : "Nothing was running.");
}

async function operate(
  session: Session,
  operation: Operation,
  flags: Arguments["flags"],
  screen: Screen,
): Promise<number> {
  const json = flags.json ?? false;
  const begin = Date.now();
  const reports: OperationReport[] = [];
  const interruption = new Interruption(() => {
    screen.line("Interrupted: the operation under way is ended in an orderly manner…");
  });
  const patience = new Patience(screen.step);
  const code = await converge(session, {
    operation,
    expectNoChanges: flags["expect-no-changes"] ?? false,
    refreshFirst: flags.refresh ?? false,
    allowStandIns: flags["allow-stand-ins"] ?? false,
    interruption,
    say: screen.step,
    report(report) {
      reports.push(report);
      patience.hear(report);
      screen.report(report, operation === "preview");
    },
  }).finally(() => {
    patience.end();
  });
  const seconds = (Date.now() - begin) / 1000;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ operation, succeeded: code === 0, seconds, ...summarize(reports) }, null, 2)}\n`,
    );
    return code;
  }
  const summary = reports.findLast((report) => report.kind === "summary");
  if (summary && code === 0) {
    screen.heading(`${operation}: ${describeChanges(summary)}, ${seconds.toFixed(1)} s`);
    if (operation === "up") for (const line of await overview(session)) screen.line(line);
  } else {
    screen.error(
      `${operation} ${code === 130 ? "was interrupted" : "failed"} after ${seconds.toFixed(1)} s.`,
    );
  }
  return code;
}

// Whoever reads along may stop reading (`| head`); what is under way goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : (error as Error).name === "AbortError" ? 130 : 1;
}
