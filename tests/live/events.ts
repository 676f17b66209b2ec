import type { TraceEvent } from "../../operations/suites/finding.ts";
import type { Database } from "./database.ts";
import { brief } from "./values.ts";

/** A row of mesh_six_events. */
export interface EventRow {
  /** bigserial, which the driver gives as text. */
  readonly seq: string;
  readonly timestamp: Date;
  readonly trace_id: string;
  readonly task_id: string | null;
  readonly agent_id: string;
  readonly event_type: string;
  readonly payload: unknown;
  readonly aggregate_id: string | null;
}

const columns = "seq, timestamp, trace_id, task_id::text, agent_id, event_type, payload, aggregate_id";

/** The events of these tasks, in the order they were written. */
export async function eventsOfTasks(
  database: Database,
  tasks: readonly string[],
): Promise<readonly TraceEvent[]> {
  if (tasks.length === 0) return [];
  const rows = await database.rows<EventRow>(
    `SELECT ${columns} FROM mesh_six_events
     WHERE (task_id::text = ANY($1) OR trace_id = ANY($1)) AND timestamp > now() - interval '1 hour'
     ORDER BY seq`,
    [tasks],
  );
  return rows.map(readable);
}

/** Every event since that time by the database's clock, in the order they were written. */
export function eventsSince(database: Database, since: Date): Promise<readonly EventRow[]> {
  return database.rows<EventRow>(
    `SELECT ${columns} FROM mesh_six_events WHERE timestamp >= $1 ORDER BY seq`,
    [since],
  );
}

export function readable(row: EventRow): TraceEvent {
  return {
    at: row.timestamp.toISOString(),
    agent: row.agent_id,
    type: row.event_type,
    detail: brief(row.payload, 120),
  };
}
