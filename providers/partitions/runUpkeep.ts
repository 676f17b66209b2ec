import pg from "pg";
import { queryUnlessCancelled } from "../../lib/postgres/cancelling.ts";
import { errorCode, withClient, type SessionOptions } from "../../lib/postgres/postgres.ts";
import { sleepFor } from "../../lib/pulumi/cancellation.ts";
import { limits, lock, plan, settingsSql, type UpkeepSettings } from "./upkeepSql.ts";

export interface Partition {
  readonly name: string;
  /** Inclusive, ISO 8601. */
  readonly from: string;
  /** Exclusive, ISO 8601. */
  readonly to: string;
}

export interface Step {
  readonly action: "create" | "mark" | "unmark" | "detach" | "drop" | "refuse";
  readonly partition: string;
  readonly note: string;
  readonly statement: string;
}

export interface Plan {
  /** Up to when, from now on and without a gap, events have a partition; null when now has none. */
  readonly coveredUntil: string | null;
  /** Partitions that stay and those to come, oldest first for those that stay. */
  readonly partitions: readonly Partition[];
  readonly steps: readonly Step[];
  /** The parts that the plan could not see, in words. */
  readonly notices: readonly string[];
}

const applicationName = "mesh-six partitions";

/** The number of plans, when the upkeep loses to somebody else. */
const attempts = 4;

/**
 * Errors that another plan can mend: a lock not granted in time, a deadlock, a partition that another made meanwhile.
 */
const passing = new Set(["55P03", "40P01", "42P07", "42P17", "23514", "55000", "42P01"]);

/**
 * The steps that the partitions need, found in one round trip that writes nothing.
 *
 * @param thisMonth - `YYYY-MM` to count from; the server's clock if left out
 */
export async function planUpkeep(
  client: pg.Client,
  settings: UpkeepSettings,
  thisMonth?: string,
): Promise<Plan> {
  // One simple query of several statements: the limits, the settings, the plan, and the plan's text.
  const text = `${limits}\n${settingsSql(settings, thisMonth)}\n${plan};
    SELECT current_setting('mesh_six.plan') AS plan`;
  const results = (await client.query(text)) as unknown as pg.QueryResult<{ plan: string }>[];
  return JSON.parse(results.at(-1)?.rows[0]?.plan ?? "") as Plan;
}

/**
 * Brings the partitions to what the settings ask for and returns the plan of afterwards. Another upkeep in
 * progress is waited for; a reader or writer that holds a lock is waited for in short turns.
 */
export async function keepUp(
  url: string,
  settings: UpkeepSettings,
  thisMonth?: string,
  progress: (step: Step) => unknown = () => undefined,
): Promise<Plan> {
  return withClient(url, { applicationName, retryFor: 30_000 }, async (client) => {
    try {
      await client.query(limits);
      await queryUnlessCancelled(client, lock, {
        url,
        applicationName,
        what: "another upkeep of mesh_six_events",
      });
      for (let attempt = 1; ; attempt++) {
        const due = await planUpkeep(client, settings, thisMonth);
        if (due.steps.length === 0) return due;
        try {
          for (const step of due.steps) {
            await client.query(step.statement);
            await progress(step);
          }
        } catch (error) {
          if (!passing.has(errorCode(error))) throw error;
          if (attempt === attempts) throw await withHolder(client, error);
          await sleepFor("a lock on mesh_six_events", 250 * 2 ** attempt);
        }
      }
    } catch (error) {
      throw oneLine(error);
    }
  });
}

/** Reads what the partitions need in a session that the server holds read-only. */
export async function readPlan(
  url: string,
  settings: UpkeepSettings,
  thisMonth?: string,
  patience: Pick<SessionOptions, "retryFor" | "connectTimeout"> = {},
): Promise<Plan> {
  return withClient(url, { ...patience, applicationName, readOnly: true }, (client) =>
    planUpkeep(client, settings, thisMonth).catch((error: unknown) => {
      throw oneLine(error);
    }),
  );
}

/** Adds to an error who holds the log's locks, as far as the role may see it. */
async function withHolder(client: pg.Client, error: unknown): Promise<unknown> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT format('process %s (%s, %s, since %s)', pid, usename, application_name, xact_start) AS holder
       FROM pg_stat_activity
      WHERE pid IN (SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                     WHERE l.granted AND starts_with(c.relname, 'mesh_six_events') AND l.pid <> pg_backend_pid())
      ORDER BY xact_start LIMIT 1`,
  );
  const holder = rows[0]?.holder;
  if (holder === undefined || !(error instanceof Error)) return error;
  return new Error(`${error.message} after ${attempts} tries; held by ${holder}: end it or try again`, {
    cause: error,
  });
}

/** The next step, by SQLSTATE, where the server does not say it. */
const remedies: Readonly<Record<string, string>> = {
  // undefined_object: a server without multiranges.
  "42704": "PostgreSQL 14 or later is needed",
  "25P04":
    "a transaction_timeout of the role or the database ended it, which each session lifts: a pooler in transaction mode loses that; connect to PostgreSQL itself, or ALTER ROLE … SET transaction_timeout = 0",
  "25006":
    "connect to a server, and as a role, that may write: default_transaction_read_only of the role or the database may be on",
  "55P03": "somebody holds a lock on the log: end their transaction or try again",
  "23503": "delete the rows that refer to it, or keep more months",
};

/** The next step where a foreign key forbids to delete the rows that move: nothing that refers to them has to go. */
const keyOnMovedRows =
  "rows of another table refer to rows that move out of the default partition: drop that key, run this again, and add it again";

/** One line of what went wrong and what to do next; the server's own words, which name no password. */
function oneLine(error: unknown): Error {
  const code = errorCode(error);
  const given = error instanceof pg.DatabaseError ? error.hint : undefined;
  const isMove = code === "23503" && !/^removing partition/.test(String((error as Error).message));
  const advice = given ?? (isMove ? keyOnMovedRows : remedies[code]);
  const hint = advice === undefined ? "" : `; ${advice}`;
  const message = error instanceof Error ? error.message : String(error);
  return new Error(
    `event partitions: ${message}${hint}${code && code !== "P0001" ? ` (SQLSTATE ${code})` : ""}`,
    {
      cause: error,
    },
  );
}
