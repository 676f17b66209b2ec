/** The primary rate limits: 5,000 an hour for REST requests and for GraphQL points, counted for each user. */

const window = 3600;

interface Count {
  used: number;
  reset: number;
}

export class Limits {
  private readonly counts = new Map<string, Count>();
  /** Of one user in an hour. */
  limit: number;

  constructor(limit = 5000) {
    this.limit = limit;
  }

  /** Takes `cost` from the user's hour; `exceeded` if it is used up. */
  spend(login: string, resource: "core" | "graphql", cost: number): { exceeded: boolean; state: LimitState } {
    const count = this.count(login, resource);
    const exceeded = count.used + cost > this.limit;
    if (!exceeded) count.used += cost;
    return { exceeded, state: this.state(login, resource) };
  }

  state(login: string, resource: "core" | "graphql"): LimitState {
    const { used, reset } = this.count(login, resource);
    return { limit: this.limit, used, remaining: this.limit - used, reset, resource };
  }

  clear(): void {
    this.counts.clear();
  }

  private count(login: string, resource: string): Count {
    const key = `${resource} ${login}`;
    const now = Math.floor(Date.now() / 1000);
    let count = this.counts.get(key);
    if (!count || count.reset <= now) this.counts.set(key, (count = { used: 0, reset: now + window }));
    return count;
  }
}

export interface LimitState {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since 1970. */
  readonly reset: number;
  readonly resource: "core" | "graphql";
}

export function limitHeaders({
  limit,
  used,
  remaining,
  reset,
  resource,
}: LimitState): Record<string, string> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(reset),
    "x-ratelimit-resource": resource,
  };
}

/** GET /rate_limit, which costs nothing. */
export function rateLimits(limits: Limits, login: string): Record<string, unknown> {
  const plain = (resource: "core" | "graphql"): Omit<LimitState, "resource"> => {
    const { limit, used, remaining, reset } = limits.state(login, resource);
    return { limit, used, remaining, reset };
  };
  const search = { ...plain("core"), limit: 30, used: 0, remaining: 30 };
  return { resources: { core: plain("core"), search, graphql: plain("graphql") }, rate: plain("core") };
}
