import process from "node:process";
import type { Finding, SuiteMessage, TraceEvent } from "../../operations/suites/finding.ts";
import { redact } from "./redact.ts";

/**
 * Tells how the suite goes: to `npm run smoke` or `e2e`, which make a report of it, or, when the file is run
 * by itself, in lines beside the test runner's own.
 */
function tell(message: SuiteMessage): void {
  if (process.send !== undefined) process.send(message);
  else if (message.kind === "progress") process.stderr.write(`${message.line}\n`);
  else if (message.kind === "trace") {
    for (const { at, agent, type, detail } of message.events) {
      process.stderr.write(`  ${at}  ${agent}  ${type}  ${detail}\n`);
    }
  }
}

/** Something takes a while: what it is. */
export function progress(line: string): void {
  tell({ kind: "progress", line: redact(line) });
}

export function report(finding: Finding): void {
  const { expected, seen, where, ...rest } = finding;
  tell({
    kind: "finding",
    finding: { ...rest, expected: redact(expected), seen: redact(seen), where: where.map(redact) },
  });
}

export function trace(events: readonly TraceEvent[]): void {
  tell({ kind: "trace", events: events.map((event) => ({ ...event, detail: redact(event.detail) })) });
}
