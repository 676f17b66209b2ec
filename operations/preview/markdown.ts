import { additionLine, additionsTitle } from "./additions.ts";
import {
  type Change,
  type Digest,
  type PendingSql,
  type PropertyChange,
  risks,
  riskTitles,
  tally,
} from "./digest.ts";
import { releaseLines } from "../release/plan/report.ts";
import { headline } from "./terminalText.ts";

/** Characters a comment on GitHub may have. */
export const commentLimit = 65_536;

/** A document that grows until it is full, and then counts what was left out. */
class Page {
  #text: string;
  readonly #room: number;
  #omitted = 0;

  constructor(first: string, limit: number) {
    this.#text = first;
    // Room for the last line.
    this.#room = limit - 200;
  }

  /** Adds a part as a whole, or not at all. */
  add(part: string): void {
    if (this.#omitted > 0 || this.#text.length + part.length > this.#room) this.#omitted += 1;
    else this.#text += part;
  }

  close(): string {
    if (this.#omitted === 0) return this.#text;
    return `${this.#text}\n\n_${String(this.#omitted)} more parts did not fit; \`npm run preview\` shows all._\n`;
  }
}

/**
 * The digest as a comment. Names and texts in it come from whoever wrote the change: they are shown as they are, and
 * none of them is markup, a mention or a link.
 *
 * @param marker - first line, by which the comment is found again
 * @param limit - characters
 */
export function comment(digest: Digest, marker: string, heading: string, limit = commentLimit): string {
  const page = new Page(`${marker}\n### ${heading}\n\n${headline(digest)}\n`, limit);
  const errors = digest.remarks.filter(({ severity }) => severity === "error");
  if (errors.length > 0) page.add(`\n#### ${digest.succeeded ? "Errors" : "The preview failed"}\n\n`);
  for (const { resource, message } of errors)
    page.add(`- ${resource === "" ? "" : `${code(resource)}: `}${code(message, 2000)}\n`);
  const count = tally(digest);
  for (const risk of risks) {
    if (count[risk] === 0) continue;
    page.add(`\n#### ${riskTitles[risk]} (${String(count[risk])})\n\n`);
    const changes = digest.changes.filter((change) => change.risk === risk);
    if (changes.length > 0) page.add("| | Resource | Difference |\n|---|---|---|\n");
    for (const change of changes) page.add(row(change));
    const files = digest.sql.filter((file) => file.risk === risk);
    for (const file of files) page.add(sqlSummary(file));
    for (const file of files) page.add(sqlText(file));
  }
  if (digest.additions.length > 0) page.add(`\n#### ${additionsTitle}\n\n`);
  for (const addition of digest.additions) page.add(`- ${code(additionLine(addition), 500)}\n`);
  if (digest.release !== undefined) {
    page.add("\n#### Release\n\n");
    for (const line of releaseLines(digest.release)) page.add(`- ${escape(line.trim())}\n`);
  }
  const warnings = digest.remarks.filter(({ severity }) => severity === "warning");
  if (warnings.length > 0) page.add("\n#### Warnings\n\n");
  for (const { resource, message } of warnings)
    page.add(`- ${resource === "" ? "" : `${code(resource)}: `}${code(message, 500)}\n`);
  return page.close();
}

const mostProperties = 12;

function row({ operation, type, name, properties, notes }: Change): string {
  const shown = properties.slice(0, mostProperties).map(difference);
  if (properties.length > mostProperties)
    shown.push(`and ${String(properties.length - mostProperties)} more`);
  const cell = [...notes.map((note) => escape(note)), ...shown].join("<br>");
  return `| **${operation}** | ${code(type.split(":").pop() ?? type)} ${code(name, 200)} | ${cell} |\n`;
}

function difference({ path, kind, from, to }: PropertyChange): string {
  const values = from === undefined && to === undefined ? kind : `${value(from)} → ${value(to)}`;
  return `${code(path, 200)}: ${values}`;
}

function value(text: string | undefined): string {
  return text === undefined ? "…" : text === "" ? "“”" : code(text);
}

function sqlSummary({ file, how, locks, warnings }: PendingSql): string {
  const lines = [
    ...locks.map((lock) => `lock: ${lock}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return `\n${code(file, 200)}: ${escape(how)}\n${lines.map((line) => `- ${code(line, 500)}\n`).join("")}`;
}

/** SQL longer than this is cut: a reviewer reads it in the file. */
const longestSql = 8_000;

function sqlText({ file, sql }: PendingSql): string {
  const whole = sql.map((line) => clean(line)).join("\n");
  const text =
    whole.length > longestSql ? `${whole.slice(0, longestSql)}\n-- … the rest is in the file` : whole;
  // Longer than any run of backticks within, so that nothing in the SQL ends the block.
  const longestRun = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  return `\n<details><summary>SQL of ${code(file, 200)}</summary>\n\n${fence}sql\n${text}\n${fence}\n\n</details>\n`;
}

/** Text in the typeface of code. */
function code(text: string, longest = 120): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return `<code>${escape(cut)}</code>`;
}

/** Every character that Markdown, HTML or GitHub gives a meaning to becomes an entity, which has none. */
export function escape(text: string): string {
  return clean(text).replaceAll(/[^\p{L}\p{N} \-,;…“”→]/gu, (mark) => `&#${String(mark.codePointAt(0))};`);
}

/** Without what moves or hides other text: control characters and marks of writing direction; a line break is a blank. */
function clean(text: string): string {
  return text
    .replaceAll(/\r?\n|\t/g, " ")
    .replaceAll(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "\ufffd");
}
