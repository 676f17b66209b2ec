import pg from "pg";
import type { ClusterView } from "../cluster.ts";
import type { Fault } from "../faults.ts";

export interface Event {
  readonly traceId: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly type: "llm.call" | "llm.response" | "state.transition" | "workflow.completed";
  readonly payload: Readonly<Record<string, unknown>>;
  /** Minutes before now; for what is to look old. */
  readonly minutesAgo?: number;
}

export interface TaskResult {
  readonly taskId: string;
  readonly agentId: string;
  readonly capability: string;
  readonly success: boolean;
  readonly durationMs: number;
  readonly minutesAgo?: number;
}

/** The known facts of an issue's workflow. */
export interface Workflow {
  readonly id: string;
  readonly issueNumber: number;
  readonly owner: string;
  readonly repository: string;
  readonly itemId: string;
}

/** The tables the services write, in the database their Secret names. */
export class Database {
  readonly #cluster: Pick<ClusterView, "secret">;
  readonly #faults: ReadonlySet<Fault>;
  #pool: { readonly url: string; readonly pool: pg.Pool } | undefined;

  constructor(cluster: Pick<ClusterView, "secret">, faults: ReadonlySet<Fault>) {
    this.#cluster = cluster;
    this.#faults = faults;
  }

  /**
   * Takes away what earlier runs wrote of the events that are to be missing: else they would be there all the
   * same for half an hour.
   */
  async prepare(): Promise<void> {
    for (const type of ["llm.call", "llm.response", "state.transition"] as const) {
      if (!this.#faults.has(`events-missing-${type}`) && !this.#faults.has("events-stale")) continue;
      await this.#query(
        "DELETE FROM mesh_six_events WHERE event_type = $1 AND timestamp > now() - interval '1 hour'",
        [type],
      );
    }
  }

  async emit(event: Event): Promise<void> {
    if (event.type !== "workflow.completed" && this.#faults.has(`events-missing-${event.type}`)) return;
    await this.#query(
      `INSERT INTO mesh_six_events (timestamp, trace_id, task_id, agent_id, event_type, payload, aggregate_id)
       VALUES (now() - make_interval(mins => $1), $2, $3, $4, $5, $6, $7)`,
      [
        this.#faults.has("events-stale") ? 61 : (event.minutesAgo ?? 0),
        event.traceId,
        event.taskId,
        event.agentId,
        event.type,
        JSON.stringify(event.payload),
        `task:${event.taskId}`,
      ],
    );
  }

  async record(result: TaskResult): Promise<void> {
    await this.#query(
      `INSERT INTO agent_task_history (id, agent_id, capability, success, duration_ms, error_type, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() - make_interval(mins => $7))`,
      [
        result.taskId,
        result.agentId,
        result.capability,
        result.success,
        result.durationMs,
        result.success ? null : "unhandled",
        result.minutesAgo ?? 0,
      ],
    );
  }

  async startWorkflow(workflow: Workflow): Promise<void> {
    await this.#query(
      `INSERT INTO pm_workflow_instances (issue_number, repo_owner, repo_name, workflow_id, project_item_id)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (issue_number, repo_owner, repo_name) DO UPDATE SET
         workflow_id = excluded.workflow_id, project_item_id = excluded.project_item_id,
         current_phase = 'INTAKE', status = 'active', updated_at = now()`,
      [workflow.issueNumber, workflow.owner, workflow.repository, workflow.id, workflow.itemId],
    );
  }

  async setPhase(workflow: Workflow, phase: string, status: string): Promise<void> {
    await this.#query(
      `UPDATE pm_workflow_instances SET current_phase = $2, status = $3, updated_at = now() WHERE workflow_id = $1`,
      [workflow.id, phase, status],
    );
  }

  async close(): Promise<void> {
    await this.#pool?.pool.end();
    this.#pool = undefined;
  }

  async #query(sql: string, values: readonly unknown[]): Promise<void> {
    const pool = await this.#connected();
    await pool.query(sql, [...values]);
  }

  /** By the URL as it is now: the program may have changed the password. */
  async #connected(): Promise<pg.Pool> {
    const url = await this.#cluster.secret("postgres-secret", "url");
    if (url === undefined) throw new Error("Secret postgres-secret has no url");
    if (this.#pool?.url !== url) {
      await this.#pool?.pool.end();
      const pool = new pg.Pool({ connectionString: url, max: 2, idleTimeoutMillis: 5_000 });
      pool.on("error", () => undefined); // the next query says it
      this.#pool = { url, pool };
    }
    return this.#pool.pool;
  }
}
