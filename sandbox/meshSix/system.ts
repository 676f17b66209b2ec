import type { ClusterView } from "./cluster.ts";
import type { Database } from "./eventLog.ts";
import type { Fault } from "./faults.ts";
import type { Logs } from "./log.ts";

/** What every simulated service works with. */
export interface System {
  readonly cluster: ClusterView;
  readonly database: Database;
  readonly logs: Logs;
  readonly faults: ReadonlySet<Fault>;
  /** http://127.0.0.1:PORT of the emulated GitHub. */
  readonly githubUrl: string;
  /** How long a card stays in each column at least, in milliseconds. */
  readonly pace: number;
}
