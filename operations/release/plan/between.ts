import type { Warning } from "../../../providers/migrations/review/warnings.ts";
import { lastWords, runGit } from "../../../lib/process/git.ts";
import { git } from "../../images/gitTree.ts";
import { warningsOf } from "./warnings.ts";

/** One commit for a person: abbreviated name and subject. */
export interface CommitLine {
  readonly commit: string;
  readonly subject: string;
}

/** A migration of the application's own that the new commit brings. */
export interface NewMigration {
  readonly file: string;
  /** Removed or renamed names that the old commit's code mentions: code of the old release may fail afterwards. */
  readonly breaks: readonly { readonly name: string; readonly files: readonly string[] }[];
  /** Further warnings for a reviewer. */
  readonly warnings: readonly Warning[];
}

/** The commits after `from` up to `to`, newest first; none where `from` is unknown to the checkout. */
export async function commitsBetween(folder: string, from: string, to: string): Promise<CommitLine[]> {
  if (!(await knows(folder, from))) return [];
  const log = await git(folder, ["log", "--format=%h%x00%s", `${from}..${to}`]);
  return log
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [commit = "", subject = ""] = line.split("\0");
      return { commit, subject };
    });
}

/** Migrations in the application's folder that are new at a commit, and what they take from the old code. */
export async function newMigrations(
  folder: string,
  from: string | undefined,
  to: string,
  path = "migrations",
): Promise<NewMigration[]> {
  if (from === undefined || !(await knows(folder, from))) return [];
  const listed = await git(folder, ["diff", "--name-only", "--diff-filter=A", from, to, "--", path]);
  const texts = new Map<string, string>();
  for (const file of listed.split("\n").filter((name) => name.endsWith(".sql")))
    texts.set(file, await git(folder, ["show", `${to}:${file}`]));
  const warnings = await warningsOf(texts);
  const found: NewMigration[] = [];
  for (const [file, sql] of texts) {
    const breaks: { name: string; files: string[] }[] = [];
    for (const name of removedNames(sql)) {
      const files = await mentions(folder, from, name);
      if (files.length > 0) breaks.push({ name, files });
    }
    const told = (warnings.get(file) ?? []).map(({ risk, text }) => ({ risk, text }));
    found.push({ file, breaks, warnings: told });
  }
  return found;
}

/** Columns and tables that a text of SQL drops or renames. */
export function removedNames(sql: string): string[] {
  const text = sql.replaceAll(/--[^\n]*/g, " ").replaceAll(/\/\*[\s\S]*?\*\//g, " ");
  const name = String.raw`(?:"([^"]+)"|(?:\w+\.)?(\w+))`;
  const patterns = [
    String.raw`\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?${name}`,
    String.raw`\bRENAME\s+(?:COLUMN\s+)?${name}\s+TO\b`,
    String.raw`\bDROP\s+(?:TABLE|VIEW|MATERIALIZED\s+VIEW)\s+(?:IF\s+EXISTS\s+)?${name}`,
    String.raw`\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?${name}\s+RENAME\s+TO\b`,
  ];
  const found = patterns.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, "gi"))].map(([, quoted, bare]) => quoted ?? bare ?? ""),
  );
  return [...new Set(found)].filter((each) => !/^(to|constraint)$/i.test(each)).sort();
}

async function mentions(folder: string, commit: string, name: string): Promise<string[]> {
  const args = ["grep", "--files-with-matches", "--word-regexp", "--fixed-strings", "-e", name, commit];
  // git grep exits 1 where nothing matches.
  const outcome = await runGit(["-C", folder, ...args, "--", "apps", "packages"]);
  if (outcome.code !== 0 && outcome.code !== 1)
    throw new Error(
      `git grep ${name}: expected the code of ${commit.slice(0, 12)} in ${folder}, got: ${lastWords(outcome)}; fetch it there, or mend the checkout (git fsck)`,
    );
  return outcome.stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(commit.length + 1));
}

/** Whether a repository has a commit. */
export async function knows(folder: string, commit: string): Promise<boolean> {
  return git(folder, ["cat-file", "-e", `${commit}^{commit}`]).then(
    () => true,
    () => false,
  );
}
