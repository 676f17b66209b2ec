import type { Broker } from "./transport/broker.ts";
import type { ClusterView } from "./cluster.ts";
import type { Database } from "./services/eventLog.ts";
import type { Fault } from "./faults.ts";
import type { Logs } from "./transport/log.ts";

/** The surroundings of every simulated service. */
export interface System {
  readonly cluster: ClusterView;
  readonly database: Database;
  readonly logs: Logs;
  /** The broker that the dashboard listens to. */
  readonly live: Pick<Broker, "url" | "publish">;
  readonly faults: ReadonlySet<Fault>;
  /** Abbreviated commit of the image that the service runs; undefined where nobody knows. */
  readonly version: (service: string) => string | undefined;
  /** Whether a Pod of the service runs: what has none does nothing. */
  readonly alive: (service: string) => boolean;
  /** http://127.0.0.1:PORT of the emulated GitHub. */
  readonly githubUrl: string;
  /** The least time of a card in each column, in milliseconds. */
  readonly pace: number;
}
