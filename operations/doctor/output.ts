import process from "node:process";
import { styleText } from "node:util";
import { progressToStderr } from "../../toolchain/progress.ts";
import type { Line, Status } from "./examination.ts";

const marks: Readonly<Record<Status, readonly [Parameters<typeof styleText>[0], string]>> = {
  pass: ["green", "pass"],
  warn: ["yellow", "warn"],
  fail: ["red", "FAIL"],
  skipped: ["dim", "skip"],
  "not checked": ["dim", "  – "],
};

/** Width of the names, in characters; longer ones push their detail to the right. */
const width = 44;

/** One line for each finding, and one more for what is to be done about those above it; colours on a terminal only. */
export function textOf({ check, status, detail, remedy, several }: Line): string {
  const [style, word] = marks[status];
  const mark = styleText(style, word, { stream: process.stdout });
  const things = several ?? [{ said: detail, remedy }];
  const lines = things.map((thing, at) => {
    const start = at === 0 ? `${mark}  ${check.padEnd(width)}` : " ".repeat(6 + width);
    const isLast = thing.remedy !== "" && thing.remedy !== things[at + 1]?.remedy;
    return `${start}  ${thing.said}\n${isLast ? `${" ".repeat(6)}→ ${thing.remedy}\n` : ""}`;
  });
  return lines.join("");
}

/** The lines as programs read them. */
export function documentOf(lines: readonly Line[]): object[] {
  return lines.map(({ check, status, ok, detail, remedy }) => ({ check, status, ok, detail, remedy }));
}

/** Prints the number of each status, with a word on whether `pulumi up` may be run. */
export function printSummary(lines: readonly Line[]): void {
  const count = (status: Status) => lines.filter((line) => line.status === status).length;
  const parts = [`${count("pass")} passed`];
  if (count("skipped") > 0) parts.push(`${count("skipped")} skipped`);
  if (count("warn") > 0) parts.push(`${count("warn")} with a warning`);
  if (count("not checked") > 0) parts.push(`${count("not checked")} not checked`);
  parts.push(`${count("fail")} failed`);
  const end = count("fail") > 0 ? "mend what failed, then run it again" : "ready for pulumi up";
  process.stdout.write(`\n${parts.join(", ")}: ${end}\n`);
}

/** Tells every two seconds that the next lines are still being looked for. @returns ends it */
export function tellWaiting(reported: () => number): () => void {
  const say = progressToStderr();
  const start = Date.now();
  const timer = setInterval(() => {
    say(`looking … ${Math.round((Date.now() - start) / 1000)} s, ${reported()} lines so far`);
  }, 2_000);
  return () => clearInterval(timer);
}
