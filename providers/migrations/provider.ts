import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import {
  errorCode,
  isSameDatabase,
  placeOfDatabase,
  UnreachableDatabaseError,
} from "../../lib/postgres/postgres.ts";
import { writeReport } from "../../lib/pulumi/report.ts";
import { lineOf } from "../../lib/text/problem.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { projectFolder } from "../../lib/process/projectFolder.ts";
import { readMigrations } from "./files/files.ts";
import { observe, type Observation } from "./ledger/ledger.ts";
import { planMigrations, type Plan } from "./run/plan.ts";
import { missingRelations, relationsLeft } from "./review/expectedRelations.ts";
import { linesOf } from "./review/planText.ts";
import { lostKind, reportKind, type MigrationsReport } from "./review/report.ts";
import { reviewPlan } from "./review/review.ts";
import { applicationName, migrate } from "./run/runner.ts";
import { onSession } from "./run/migrationSession.ts";

interface Inputs {
  readonly url: string;
  readonly directory: string;
  readonly lockTimeout: number;
  readonly statementTimeout: number;
  readonly allowOutOfOrder: boolean;
  /** Checksums of the files by name. */
  readonly migrations: Readonly<Record<string, string>>;
}

/** The program's arguments: `preview` is for check alone and gets into no state. */
interface Arguments extends Inputs {
  readonly preview?: boolean;
}

interface Outputs extends Inputs {
  readonly applied: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

/** Findings of one read-only session. */
interface Look {
  readonly plan: Plan;
  /** In a preview only. */
  readonly report: MigrationsReport | undefined;
}

/**
 * The number of steps that check saw, for the diff that follows it in the same process. The files would stay in
 * memory.
 */
const seen = new Map<string, number>();

/** Refuses all that can be refused before anything runs, and shows in a preview what is pending. */
export async function check(
  olds: Partial<Inputs>,
  { preview = false, ...inputs }: Arguments,
): Promise<pulumi.dynamic.CheckResult<Inputs>> {
  const { plan, report } = await look(inputs, olds.migrations ?? {}, preview);
  seen.set(inputs.url, plan.pending.length + plan.adopt.length + plan.unannounced.length);
  if (report) {
    writeReport(reportKind, reportSubject(inputs), report);
    for (const line of linesOf(report)) say(line);
  }
  const failures = plan.problems.map((problem) => ({ property: "", reason: lineOf(problem) }));
  return { inputs, failures };
}

/** Asks the database in a session that the server itself holds read-only, or else goes by the state. */
async function look(inputs: Inputs, known: Inputs["migrations"], preview: boolean): Promise<Look> {
  const files = readMigrations(projectFolder(inputs.directory));
  const review = async (plan: Plan, source: Parameters<typeof reviewPlan>[1]): Promise<Look> => ({
    plan,
    report: preview ? await reviewPlan(plan, source) : undefined,
  });
  const byState = (blind: string) => review(planMigrations(files, recorded(known), inputs), blind);
  if (isUnknown(inputs.url)) return byState("the database's URL is known only after the update");
  const session = { applicationName, readOnly: true, connectTimeout: 3_000 };
  try {
    return await onSession(inputs.url, session, async (client) => {
      const observed = await observe(client);
      if (!observed.readOnly)
        return byState("the session came out writable (a pooler drops its settings) and was not used");
      return review(planMigrations(files, observed, inputs), client);
    });
  } catch (error) {
    if (!(error instanceof UnreachableDatabaseError)) throw error;
    return byState(error.message);
  }
}

/** The ledgers as the state knows them. */
function recorded(migrations: Inputs["migrations"]): Observation {
  const ledger = Object.entries(migrations).map(([name, checksum]) => ({
    name,
    checksum,
    digest: "",
    finished: true,
    completedStatements: 0,
  }));
  const application = Object.keys(migrations);
  return { backend: 0, readOnly: true, ledger, application, applicationSchema: "public" };
}

/** Another database is another resource; anything else is an update, which runs only what is pending. */
export function diff(_id: string, olds: Outputs, news: Inputs): Promise<pulumi.dynamic.DiffResult> {
  const work = seen.get(news.url) ?? 0;
  const same =
    isDeepStrictEqual(settings(olds), settings(news)) && isDeepStrictEqual(olds.applied, news.migrations);
  const moved = !isUnknown(news.url) && !isSameDatabase(olds.url, news.url);
  return Promise.resolve({ changes: work > 0 || !same, replaces: moved ? ["url"] : [] });
}

/** The inputs without what Pulumi adds to them. */
function settings({
  url,
  directory,
  lockTimeout,
  statementTimeout,
  allowOutOfOrder,
  migrations,
}: Inputs): Inputs {
  return { url, directory, lockTimeout, statementTimeout, allowOutOfOrder, migrations };
}

export async function create(inputs: Inputs): Promise<pulumi.dynamic.CreateResult<Outputs>> {
  return { id: placeOfDatabase(inputs.url), outs: await converge(inputs) };
}

export async function update(
  _id: string,
  _olds: Outputs,
  news: Inputs,
): Promise<pulumi.dynamic.UpdateResult<Outputs>> {
  return { outs: await converge(news) };
}

async function converge(inputs: Inputs): Promise<Outputs> {
  const { url, lockTimeout, statementTimeout, allowOutOfOrder } = inputs;
  const directory = projectFolder(inputs.directory);
  await migrate({ url, directory, lockTimeout, statementTimeout, allowOutOfOrder, progress: say });
  return { ...settings(inputs), applied: inputs.migrations, missing: [] };
}

/** Drift: what the ledger says now, and which relations of the applied files are gone. */
export async function read(id: string, props: Outputs): Promise<pulumi.dynamic.ReadResult<Outputs | Inputs>> {
  const { migrations } = readMigrations(projectFolder(props.directory));
  const session = { applicationName, readOnly: true, retryFor: 5_000 };
  try {
    return await onSession(props.url, session, async (client) => {
      const { ledger = [] } = await observe(client);
      const finished = ledger.filter((row) => row.finished);
      const applied = Object.fromEntries(finished.map((row) => [row.name, row.checksum]));
      const files = migrations.filter((migration) => migration.name in applied);
      const missing = await missingRelations(client, await relationsLeft(files));
      writeReport(lostKind, reportSubject(props), missing);
      for (const name of missing) say(`${name} is gone from the database; restore it by a new migration`);
      const inputs = { ...settings(props), migrations: applied };
      return { id, props: { ...inputs, applied, missing }, inputs };
    });
  } catch (error) {
    // A database that was dropped has no schema: the next update makes both.
    if (error instanceof UnreachableDatabaseError && errorCode(error.cause) === "3D000") return { id: "" };
    throw error;
  }
}

/** Leaves everything in the database: migrations go forward only, and rows are what people wrote. */
export function _delete(): Promise<void> {
  return Promise.resolve();
}
export { _delete as delete };

function reportSubject({ url, directory }: Inputs): string {
  return `${directory} in ${isUnknown(url) ? "a database to be made" : placeOfDatabase(url)}`;
}

/** Pulumi shows what a provider prints. */
function say(line: string): void {
  console.log(line.startsWith(" ") ? line : `migrations: ${line}`);
}
