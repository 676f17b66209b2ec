import { releaseLines } from "../release/plan/report.ts";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { styleText } from "node:util";
import {
  type Change,
  type Digest,
  type PropertyChange,
  type Risk,
  risks,
  riskTitles,
  tally,
} from "./digest.ts";

/** One line on what a digest comes to, as in `1 may lose data · 3 other changes`. */
export function headline(digest: Digest): string {
  const count = tally(digest);
  const words: Record<Risk, string> = {
    data: "may lose data",
    access: count.access === 1 ? "changes access" : "change access",
    replacement: "replaced or removed",
    lock: "with locks",
    other: count.other === 1 ? "other change" : "other changes",
  };
  const parts = risks
    .filter((risk) => count[risk] > 0)
    .map((risk) => `${String(count[risk])} ${words[risk]}`);
  if (parts.length > 0) return parts.join(" · ");
  return digest.succeeded ? "No changes." : "No changes seen before it failed.";
}

const styles: Readonly<Record<Risk, Parameters<typeof styleText>[0]>> = {
  data: ["bold", "red"],
  access: ["bold", "red"],
  replacement: "red",
  lock: "yellow",
  other: "reset",
};

/** The digest for a terminal. */
export function asText(digest: Digest): string {
  const lines: string[] = [];
  const count = tally(digest);
  for (const risk of risks) {
    if (count[risk] === 0) continue;
    lines.push(
      "",
      styleText(styles[risk], `${riskTitles[risk]} (${String(count[risk])})`, { stream: process.stdout }),
    );
    for (const change of digest.changes.filter((each) => each.risk === risk))
      lines.push(...changeLines(change));
    for (const file of digest.sql.filter((each) => each.risk === risk)) {
      lines.push(`  ${file.file}: ${file.how}`);
      for (const lock of file.locks) lines.push(`      lock: ${lock}`);
      for (const warning of file.warnings) lines.push(`      warning: ${warning}`);
      for (const line of file.sql) lines.push(`        ${line}`);
    }
  }
  const remarks = digest.remarks.map(
    ({ severity, resource, message }) => `${severity}: ${resource === "" ? "" : `${resource}: `}${message}`,
  );
  const release = digest.release === undefined ? [] : ["", ...releaseLines(digest.release)];
  return [headline(digest), ...lines, ...release, ...(remarks.length > 0 ? ["", ...remarks] : [])].join("\n");
}

/**
 * The text as a log may show it. A job's log is read for commands (`::error::`, `::add-mask::`, `##[…]`), and names and
 * SQL come from whoever wrote the change: in a job, commands are off while the text goes by.
 */
export function forLog(text: string): string {
  if (process.env["GITHUB_ACTIONS"] !== "true") return text;
  const end = randomUUID();
  return `::stop-commands::${end}\n${text}\n::${end}::`;
}

function changeLines({ operation, type, name, properties, notes }: Change): string[] {
  const what = `  ${operation.padEnd(8)} ${type.split(":").pop() ?? type} ${name}`;
  return [
    notes.length > 0 ? `${what}: ${notes.join("; ")}` : what,
    ...properties.map((property) => `           ${difference(property)}`),
  ];
}

/** As in `spec.replicas: 1 → 2`. */
export function difference({ path, kind, from, to }: PropertyChange): string {
  if (from === undefined && to === undefined) return `${path}: ${kind}`;
  return `${path}: ${from ?? "…"} → ${to ?? "…"}`;
}
