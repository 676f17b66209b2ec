import { inOneLine } from "../../../lib/text/inOneLine.ts";
import type { Change, Risk } from "../../preview/digest.ts";
import type { CommitLine, NewMigration } from "./between.ts";
import type { ReleasePlan } from "./plan.ts";
import type { ServiceChanges } from "./services.ts";

/** Kind of the report (lib/pulumi/report.ts) on what the next update changes of the release. */
export const releaseKind = "release";

/** Everything that is known of a release before it is applied. */
export interface ReleaseReport {
  readonly plan: ReleasePlan;
  readonly commits: readonly CommitLine[];
  readonly migrations: readonly NewMigration[];
  readonly services: ServiceChanges;
  /** Images that keep the overlay's own tag. */
  readonly unknown: readonly string[];
  /** Objects that the overlay reads and nobody provides, one line each: they stop the release. */
  readonly missing: readonly string[];
  /** A line on what could not be compared, with the first reason; absent where all of it was. */
  readonly unseen?: string;
}

/** The beginning of `unseen` where the commits are not at hand. */
export const notCompared = "commits and migrations were not compared";

/** An error as a report has it. */
export function oneLine(error: unknown): string {
  return inOneLine(error instanceof Error ? error.message : String(error));
}

/** The release among the changes of a preview: each with its rank. */
export function releaseChanges({ plan, migrations, services, unknown }: ReleaseReport): Change[] {
  const change = (
    operation: Change["operation"],
    type: string,
    name: string,
    more: Partial<Change> = {},
  ): Change => ({ risk: "other", operation, type, name, urn: "", properties: [], notes: [], ...more });
  const named = (operation: Change["operation"], service: string, more: Partial<Change>) => {
    const [kind = "", name = ""] = service.split(" ");
    return change(operation, kind, name, more);
  };
  const between = `${commitName(plan.from)} → ${commitName(plan.to)}`;
  return [
    ...migrations.map((migration) =>
      change("migrate", "application", migration.file, {
        risk: riskOf(migration),
        notes: migrationNotes(migration),
      }),
    ),
    ...services.goes.map((name) =>
      named("delete", name, { risk: "replacement", notes: ["goes from the overlay"] }),
    ),
    ...services.comes.map((name) => named("create", name, { notes: ["comes with the overlay"] })),
    ...plan.moves.map(({ image, from, to }) =>
      change("roll", "image", image, {
        properties: [{ path: "digest", kind: "update", from: short(from), to: short(to) }],
        notes: [between],
      }),
    ),
    ...plan.comes.map((image) => change("roll", "image", image, { notes: ["pinned by digest"] })),
    ...plan.goes.map((image) =>
      change("roll", "image", image, { notes: ["no longer pinned: the overlay's own tag counts"] }),
    ),
    ...unknown.map((name) =>
      change("keep", "image", name, {
        notes: ["the application has no part of that name; it keeps the overlay's tag"],
      }),
    ),
  ];
}

/** The lines of a release besides its changes: the images that stay, and the commits. */
export function releaseLines({ plan, commits, unseen }: ReleaseReport): string[] {
  const { moves, stays, comes, goes } = plan;
  const counts = [
    `${String(moves.length)} move`,
    `${String(stays.length)} stay`,
    ...(comes.length > 0 ? [`${String(comes.length)} pinned first`] : []),
    ...(goes.length > 0 ? [`${String(goes.length)} no longer pinned`] : []),
  ];
  const shown = commits.slice(0, 20).map(({ commit, subject }) => `  ${commit} ${subject}`);
  return [
    `Release ${commitName(plan.from)} → ${commitName(plan.to)}: ${counts.join(", ")}`,
    ...(stays.length > 0 ? [`  stay: ${stays.join(", ")}`] : []),
    ...(unseen === undefined ? [] : [`  ${unseen}`]),
    ...shown,
    ...(commits.length > 20 ? [`  and ${String(commits.length - 20)} more commits`] : []),
  ];
}

function riskOf({ breaks, warnings }: NewMigration): Risk {
  if (breaks.length > 0 || warnings.some(({ risk }) => risk === "data")) return "data";
  return warnings.length > 0 ? "lock" : "other";
}

function migrationNotes({ breaks, warnings }: NewMigration): string[] {
  return [
    ...breaks.map(
      ({ name, files }) =>
        `removes ${name}, which the old release mentions (${files.slice(0, 3).join(", ")}${files.length > 3 ? ", …" : ""}): the database does not go back, so neither can that code`,
    ),
    ...warnings.map(({ text }) => text),
    "new migration of the application's own",
  ];
}

function commitName(commit: string | undefined): string {
  return commit === undefined ? "the overlay's own tags" : commit.slice(0, 12);
}

/** The start of a digest, without the name of the hash. */
function short(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
