import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { errorCode, isSameDatabase, UnreachableDatabaseError } from "../../lib/postgres/postgres.ts";
import { writeReport } from "../../lib/pulumi/report.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { eachMonth, monthsAhead, type Months } from "./calendar.ts";
import type { UpkeepSettings } from "./upkeepSql.ts";
import { describeStep, linesOf, reportOf, upkeepKind } from "./report.ts";
import { keepUp, readPlan, type Plan } from "./runUpkeep.ts";

interface Settings extends UpkeepSettings {
  readonly url: string;
}

/** The program's arguments: `preview` is for check alone and gets into no state. */
interface Arguments extends Settings {
  readonly preview?: boolean;
}

interface Inputs extends Settings {
  /** The months that the clock asks for. Absent after a refresh that found something to do. */
  readonly months?: Months;
  /** Bounds of the partitions by name: what an update is to bring about, so that a preview names it. */
  readonly partitions: Readonly<Record<string, string>>;
}

interface Outputs extends Inputs {
  readonly coveredUntil: string | null;
}

const id = "mesh_six_events";

/** Validates, and works out the months by the clock. The database is asked only when there is something to do. */
export async function check(
  olds: Partial<Inputs>,
  news: Arguments,
): Promise<pulumi.dynamic.CheckResult<Inputs>> {
  const failures = problems(news);
  if (failures.length > 0) return { failures };
  const settings = settingsOf(news);
  if (isUnknown({ ...settings, url: "" })) return { inputs: { ...settings, partitions: {} } };
  const months = monthsAhead(new Date(), settings.timeZone, settings.monthsAhead);
  const known = olds.partitions ?? {};
  const tell = news.preview ? say : () => undefined;
  if (isDone(olds, { ...settings, months, partitions: known }))
    return { inputs: { ...settings, months, partitions: known } };
  try {
    return { inputs: { ...settings, months, partitions: await foresee(settings, months, known, tell) } };
  } catch (error) {
    return { failures: [{ property: "", reason: (error as Error).message }] };
  }
}

/** No SQL: the state says what was done, the clock what is due. */
export function diff(_id: string, olds: Outputs, news: Inputs): Promise<pulumi.dynamic.DiffResult> {
  return Promise.resolve({ changes: !isDeepStrictEqual(wanted(olds), wanted(news)) });
}

export async function create(inputs: Inputs): Promise<pulumi.dynamic.CreateResult<Outputs>> {
  return { id, outs: await converge(inputs) };
}

export async function update(
  _id: string,
  olds: Outputs,
  news: Inputs,
): Promise<pulumi.dynamic.UpdateResult<Outputs>> {
  // The preview has shown no step, so none is taken.
  if (isDone(olds, news)) return { outs: { ...news, coveredUntil: olds.coveredUntil } };
  return { outs: await converge(news) };
}

/** Drift: what the partitions need now, found in a session that the server holds read-only. */
export async function read(
  _id: string,
  props: Outputs,
): Promise<pulumi.dynamic.ReadResult<Outputs | Inputs>> {
  const settings = settingsOf(props);
  const months = monthsAhead(new Date(), settings.timeZone, settings.monthsAhead);
  const plan = await readPlan(settings.url, settings, months.from, { retryFor: 5_000 }).catch(
    (error: unknown) => {
      if (isMissingTable(error)) return undefined;
      throw error;
    },
  );
  // Without the table there is nothing left of the resource: the migrations come first, then it is made again.
  if (plan === undefined) return { id: "" };
  const { coveredUntil } = plan;
  if (plan.steps.length === 0)
    return { id, props: { ...props, partitions: bounds(plan, settings, months), coveredUntil } };
  const toCome = new Set(plan.steps.filter((step) => step.action === "create").map((step) => step.partition));
  const there = { ...plan, partitions: plan.partitions.filter(({ name }) => !toCome.has(name)) };
  const inputs = { ...settings, partitions: bounds(there, settings, months) };
  return { id, props: { ...inputs, coveredUntil }, inputs };
}

/** Leaves every partition: they hold what people wrote. */
export function _delete(): Promise<void> {
  return Promise.resolve();
}
export { _delete as delete };

async function converge(inputs: Inputs): Promise<Outputs> {
  const settings = settingsOf(inputs);
  const months = inputs.months ?? monthsAhead(new Date(), settings.timeZone, settings.monthsAhead);
  const plan = await keepUp(settings.url, settings, months.from, (step) => say(describeStep(step)));
  return { ...settings, months, partitions: bounds(plan, settings, months), coveredUntil: plan.coveredUntil };
}

/** The partitions after the update: by the database if it can be asked, else by the calendar. */
async function foresee(
  settings: Settings,
  months: Months,
  known: Inputs["partitions"],
  tell: (line: string) => void,
): Promise<Inputs["partitions"]> {
  const byCalendar = (reason: string) => {
    tell(`planned by the calendar alone, since ${reason}`);
    const names = eachMonth(months).map((month) => `${id}_${month.replace("-", "_")}`);
    return { ...Object.fromEntries(names.map((name) => [name, "the month"])), ...known };
  };
  if (isUnknown(settings.url)) return byCalendar("the database's URL is known only after the update");
  try {
    const plan = await readPlan(settings.url, settings, months.from, { connectTimeout: 3_000 });
    const report = reportOf(plan);
    writeReport(upkeepKind, id, report);
    for (const line of linesOf(report)) tell(line);
    return bounds(plan, settings, months);
  } catch (error) {
    if (!(error instanceof UnreachableDatabaseError) && !isMissingTable(error)) throw error;
    return byCalendar(
      error instanceof UnreachableDatabaseError ? error.message : "the table is not there yet",
    );
  }
}

/** Pulumi shows what a provider prints. */
function say(line: string): void {
  console.log(`event partitions: ${line}`);
}

function isMissingTable(error: unknown): boolean {
  return error instanceof Error && errorCode(error.cause) === "42P01";
}

/** Without a retention nothing is done to partitions of the past, so they need no place in the state. */
function bounds({ partitions }: Plan, settings: Settings, months: Months): Inputs["partitions"] {
  const since = settings.keepMonths === undefined ? Date.parse(`${months.from}-01T00:00:00Z`) : -Infinity;
  const shown = partitions.filter(({ to }) => !(Date.parse(to) <= since));
  return Object.fromEntries(shown.map(({ name, from, to }) => [name, `${from} to ${to}`]));
}

function settingsOf({ url, monthsAhead, keepMonths, oldPartitions, timeZone }: Settings): Settings {
  return { url, monthsAhead, ...(keepMonths === undefined ? {} : { keepMonths }), oldPartitions, timeZone };
}

/** The values that decide whether there is something to do: the settings, and the months they came to. */
function wanted(props: Partial<Inputs>): object {
  return { ...settingsOf(props as Inputs), ...(props.months && { months: props.months }) };
}

/** Whether nothing but the way to the same database differs, as by a new password. */
function isDone(olds: Partial<Inputs>, news: Inputs): boolean {
  const { url = "" } = olds;
  if (url !== news.url && (isUnknown(news.url) || !isSameDatabase(url, news.url))) return false;
  return isDeepStrictEqual(wanted({ ...olds, url: news.url }), wanted(news));
}

function problems(news: Settings): pulumi.dynamic.CheckFailure[] {
  const whole = (property: "monthsAhead" | "keepMonths", least: number) => {
    const value: unknown = news[property];
    if (isUnknown(value) || (Number.isInteger(value) && Number(value) >= least && Number(value) <= 1200))
      return [];
    return [
      { property, reason: `expected a whole number of months from ${least} to 1200, got ${String(value)}` },
    ];
  };
  return [
    ...whole("monthsAhead", 1),
    ...(news.keepMonths === undefined ? [] : whole("keepMonths", 1)),
    ...(isUnknown(news.oldPartitions) || ["keep", "drop"].includes(news.oldPartitions)
      ? []
      : [{ property: "oldPartitions", reason: `expected keep or drop, got ${news.oldPartitions}` }]),
    ...(isUnknown(news.timeZone) || isTimeZone(news.timeZone)
      ? []
      : [
          {
            property: "timeZone",
            reason: `expected an IANA time zone such as Europe/Berlin, got ${news.timeZone}`,
          },
        ]),
  ];
}

/** By its name: an offset such as +02:00 has the opposite sign in PostgreSQL. */
function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}
