import { readFileSync } from "node:fs";
import type { UpkeepSettings } from "../../../providers/partitions/upkeepSql.ts";
import type { TestPostgres } from "./postgres.ts";

const migration = readFileSync(
  new URL("../../../migrations/003_mesh_six_events.sql", import.meta.url),
  "utf8",
);

export const defaults: UpkeepSettings = { monthsAhead: 6, oldPartitions: "keep", timeZone: "UTC" };

/** A database with the event log as the migration makes it: no partition yet. */
export async function eventLogDatabase(server: TestPostgres, ...further: string[]): Promise<string> {
  const url = await server.database();
  await server.rows(migration, url);
  for (const statement of further) await server.rows(statement, url);
  return url;
}

/** The partitions' bounds by name as the catalogue has them: `FOR VALUES FROM (…) TO (…)` in UTC, or DEFAULT. */
export async function catalogue(server: TestPostgres, url: string): Promise<Record<string, string>> {
  const rows = await server.rows<{ name: string; bound: string }>(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'mesh_six_events'::regclass ORDER BY c.relname`,
    inUtc(url),
  );
  return Object.fromEntries(rows.map(({ name, bound }) => [name, bound]));
}

/** A statement that writes one event at the given time. */
export function event(timestamp: string, trace = "t"): string {
  return `INSERT INTO mesh_six_events (timestamp, trace_id, agent_id, event_type, payload)
          VALUES ('${timestamp}', '${trace}', 'agent', 'llm.call', '{}')`;
}

/** A statement that makes one partition by hand. */
export function partition(name: string, from: string, to: string): string {
  return `CREATE TABLE ${name} PARTITION OF mesh_six_events FOR VALUES FROM ('${from}') TO ('${to}')`;
}

/** The statement that makes a default partition by hand. */
export const defaultPartition = "CREATE TABLE mesh_six_events_default PARTITION OF mesh_six_events DEFAULT";

/** `FOR VALUES …` as {@link catalogue} shows it, of bounds written as dates with an optional time of day. */
export function bound(from: string, to: string): string {
  const instant = (text: string) => `'${text.length > 10 ? text : `${text} 00:00:00`}+00'`;
  return `FOR VALUES FROM (${instant(from)}) TO (${instant(to)})`;
}

function inUtc(url: string): string {
  const inZone = new URL(url);
  inZone.searchParams.set("options", "-c TimeZone=UTC -c DateStyle=ISO");
  return inZone.href;
}
