import { stripVTControlCharacters, styleText } from "node:util";
import { forLog } from "../preview/terminalText.ts";
import type { Finding, TraceEvent } from "./finding.ts";
import { exitCode, type SuiteRun } from "./run.ts";

const marks = { pass: ["green", "pass"], fail: ["red", "FAIL"], skip: ["yellow", "skip"] } as const;

/** A finding as a person reads it while the suite runs; a failed one with where to look next. */
export function findingText(finding: Finding): string {
  return forLog(findingLines(finding).join("\n"));
}

function findingLines({ milestone, status, expected, seen, where, seconds }: Finding): readonly string[] {
  const [style, word] = marks[status];
  const mark = styleText(style, word, { stream: process.stdout });
  const head = `${mark}  ${milestone.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s`;
  // A log may hold anything, also what would move a terminal's cursor.
  const plain = stripVTControlCharacters;
  if (status !== "fail") return [`${head}  ${plain(seen)}`];
  return [
    `${head}  expected ${expected}`,
    `      seen: ${plain(seen)}`,
    ...where.map((line) => `      look: ${plain(line)}`.replace("look: |", "     |")),
  ];
}

/** The end of the report: what this run has caused in the event log, and what it came to. */
export function closingText(suite: string, run: SuiteRun): string {
  return forLog(closingLines(suite, run).join("\n"));
}

function closingLines(suite: string, run: SuiteRun): readonly string[] {
  const { findings, trace, output } = run;
  const failed = findings.filter(({ status }) => status === "fail").map(({ milestone }) => milestone);
  const skipped = findings.filter(({ status }) => status === "skip").length;
  const passed = findings.filter(({ status }) => status === "pass").length;
  const counts = [
    `${String(passed)} passed`,
    ...(failed.length > 0 ? [`${String(failed.length)} failed (${failed.join(", ")})`] : []),
    ...(skipped > 0 ? [`${String(skipped)} skipped`] : []),
  ].join(", ");
  // Without a finding that failed, the reason is in what the process wrote.
  const unexplained = exitCode(run) === 1 && failed.length === 0;
  return [
    ...(trace.length > 0 ? ["", "Events of this run", ...eventLines(trace)] : []),
    ...(unexplained ? ["", output.trimEnd()] : []),
    "",
    `${suite}: ${run.interrupted ? "interrupted after " : ""}${counts}, ${run.seconds.toFixed(1)} s`,
  ];
}

function eventLines(events: readonly TraceEvent[]): readonly string[] {
  const width = (key: "agent" | "type") => Math.max(...events.map((event) => event[key].length));
  const [agents, types] = [width("agent"), width("type")];
  return events.map(
    ({ at, agent, type, detail }) =>
      `  ${at.slice(11, 23)}  ${agent.padEnd(agents)}  ${type.padEnd(types)}  ${stripVTControlCharacters(detail)}`,
  );
}

/** All of it as one document for scripts. */
export function jsonReport(suite: string, stack: string, run: SuiteRun): string {
  const { findings, trace, seconds, interrupted } = run;
  const passed = exitCode(run) === 0;
  return `${JSON.stringify({ suite, stack, passed, interrupted, seconds, checks: findings, trace }, null, 2)}\n`;
}
