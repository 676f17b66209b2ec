/** /_emulator: faults, request log, host map and states, for tests; reachable with the control token alone. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { HostMap } from "../store/deliveries.ts";
import type { Hiding } from "../store/world.ts";
import type { StoreSnapshot } from "../emulate.ts";
import type { Fault, Faults } from "./faults.ts";
import { json, noContent, type Reply } from "./http.ts";
import type { RequestLog } from "./requestLog.ts";

export interface ControlParts {
  readonly token: string;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly snapshot: () => StoreSnapshot;
  readonly restore: (snapshot: StoreSnapshot) => void;
  readonly reset: () => void;
  /** Sets the primary rate limit: requests of one user in an hour. */
  readonly limit: (hourly: number) => void;
  /** Resolves when all deliveries under way were made. */
  readonly settled: () => Promise<void>;
  /** Renames an organization, as its owners do in the browser. */
  readonly rename: (from: string, to: string) => void;
  hosts: HostMap;
  /** Login → node id → how it is hidden from that user. */
  hidden: Readonly<Record<string, Readonly<Record<string, Hiding>>>>;
}

/**
 * GET|PUT|DELETE faults, GET|DELETE requests, GET|PUT hosts, PUT hidden, PUT limit, GET snapshot, POST restore, POST reset,
 * POST settle, POST rename {from, to}.
 * @param path below /_emulator
 */
export async function control(
  parts: ControlParts,
  method: string,
  path: string,
  authorization: string | undefined,
  body: Buffer,
): Promise<Reply> {
  if (!same(authorization ?? "", `Bearer ${parts.token}`))
    return json(401, { message: "Control token expected." });
  try {
    return await answer(parts, `${method} ${path}`, body);
  } catch (error) {
    return json(400, { message: error instanceof Error ? error.message : String(error) });
  }
}

async function answer(parts: ControlParts, call: string, body: Buffer): Promise<Reply> {
  const given = (): unknown => JSON.parse(body.toString("utf8"));
  switch (call) {
    case "GET /faults":
      return json(200, parts.faults.pending);
    case "PUT /faults":
      parts.faults.set(given() as Fault[]);
      return json(200, parts.faults.pending);
    case "DELETE /faults":
      parts.faults.set([]);
      return noContent;
    case "GET /requests":
      return json(200, parts.log.all);
    case "DELETE /requests":
      parts.log.clear();
      return noContent;
    case "GET /hosts":
      return json(200, parts.hosts);
    case "PUT /hosts":
      parts.hosts = given() as HostMap;
      return json(200, parts.hosts);
    case "PUT /hidden":
      parts.hidden = given() as ControlParts["hidden"];
      return json(200, parts.hidden);
    case "PUT /limit":
      parts.limit(given() as number);
      return noContent;
    case "POST /rename": {
      const { from, to } = given() as { from: string; to: string };
      parts.rename(from, to);
      return noContent;
    }
    case "GET /snapshot":
      return json(200, parts.snapshot());
    case "POST /restore":
      parts.restore(given() as StoreSnapshot);
      return noContent;
    case "POST /reset":
      parts.reset();
      return noContent;
    case "POST /settle":
      await parts.settled();
      return noContent;
    default:
      return json(404, { message: `No such control: ${call}.` });
  }
}

function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
