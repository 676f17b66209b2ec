import type { Manifest } from "../doctor/cluster/overlay.ts";
import type { CommitLine, NewMigration } from "./between.ts";
import type { ReleasePlan } from "./plan.ts";

/** Everything that is known of a release before it is applied; the document of `--json`. */
export interface ReleaseReport {
  readonly plan: ReleasePlan;
  readonly commits: readonly CommitLine[];
  readonly migrations: readonly NewMigration[];
  /** Services that come with or go from the overlay. */
  readonly services: { readonly comes: readonly string[]; readonly goes: readonly string[] };
  /** Images that keep the overlay's own tag. */
  readonly unknown: readonly string[];
}

/** The report for a person, what may hurt first. */
export function reportLines(report: ReleaseReport): string[] {
  const { plan, commits, migrations, services, unknown } = report;
  const breaking = migrations.flatMap(({ file, breaks }) =>
    breaks.map(
      ({ name, files }) =>
        `! ${file} removes ${name}, which the old release mentions (${files.slice(0, 3).join(", ")}${files.length > 3 ? ", …" : ""}): the database does not go back, so neither can that code`,
    ),
  );
  const lines = [
    `${short(plan.from)} → ${short(plan.to)}: ${String(plan.moves.length)} move, ${String(plan.stays.length)} stay` +
      (plan.comes.length > 0 ? `, ${String(plan.comes.length)} pinned first` : "") +
      (plan.goes.length > 0 ? `, ${String(plan.goes.length)} no longer pinned` : ""),
    ...breaking,
    ...unknown.map(
      (name) => `! ${name}: the application has no part of that name; it keeps the overlay's tag`,
    ),
    ...services.comes.map((name) => `+ ${name} comes with the overlay`),
    ...services.goes.map((name) => `- ${name} goes from the overlay`),
    ...plan.moves.map(({ image, from, to }) => `~ ${image}: ${digest(from)} → ${digest(to)}`),
    ...plan.comes.map((image) => `+ ${image}: pinned by digest`),
    ...plan.goes.map((image) => `- ${image}: no longer pinned`),
    ...migrations.map(({ file }) => `  ${file}: new migration of the application's own`),
    ...commits.slice(0, 20).map(({ commit, subject }) => `  ${commit} ${subject}`),
  ];
  return commits.length > 20 ? [...lines, `  and ${String(commits.length - 20)} more commits`] : lines;
}

/** Names of what runs Pods in one list of objects and not in the other. */
export function servicesBetween(
  old: readonly Manifest[],
  next: readonly Manifest[],
): ReleaseReport["services"] {
  const names = (objects: readonly Manifest[]) =>
    new Set(
      objects
        .filter(({ kind }) => ["Deployment", "StatefulSet", "DaemonSet", "CronJob"].includes(kind))
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    );
  const [before, after] = [names(old), names(next)];
  return {
    comes: [...after].filter((name) => !before.has(name)).sort(),
    goes: [...before].filter((name) => !after.has(name)).sort(),
  };
}

function short(commit: string | undefined): string {
  return commit === undefined ? "the overlay's own tags" : commit.slice(0, 12);
}

function digest(text: string): string {
  return text.slice("sha256:".length, "sha256:".length + 12);
}
