import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { ApiException } from "@kubernetes/client-node";
import { answered } from "../../live/answered.ts";
import { type Check, CheckFailure, make } from "../../live/check.ts";
import { type Cluster, clusterTrouble } from "../../live/cluster.ts";
import { Services } from "../../live/services.ts";
import { success, type System } from "../../smoke/system.ts";

const never = new AbortController().signal;
const silent = <T>() => new Promise<T>(() => undefined);

describe("a question of the suites", () => {
  test("ends with the name of the silent server, though the connection stays open", async () => {
    await assert.rejects(
      answered("the cluster", silent(), { within: 20 }),
      /^Error: the cluster did not answer/,
    );
    assert.equal(await answered("the cluster", Promise.resolve(7), { within: 20_000 }), 7);
  });

  test("ends at once when the run is interrupted, or was before", async () => {
    const interrupted = new AbortController();
    const asked = answered("GitHub", silent(), { within: 600_000, signal: interrupted.signal });
    interrupted.abort(new Error("interrupted"));
    await assert.rejects(asked, /interrupted/);
    await assert.rejects(
      answered("GitHub", silent(), { within: 600_000, signal: interrupted.signal }),
      /interrupted/,
    );
  });
});

describe("a wait for a task's success", () => {
  const task = { agent: "simple-agent", capability: "general-query", payload: {}, taskId: "t" };
  const system = (rows: () => Promise<unknown>) =>
    ({ database: { rows }, begin: new Date(0), signal: never }) as unknown as System;

  test("goes on when one look gets no answer", async () => {
    const row = { agent_id: task.agent, capability: task.capability, success: true, error_type: null };
    const answers = [Promise.reject(new Error("Connection terminated unexpectedly")), Promise.resolve([row])];
    await success(
      system(() => answers.shift() ?? assert.fail()),
      { ...task, timeout: 30 },
    );
    assert.equal(answers.length, 0);
  });

  test("names what the last look met", async () => {
    const wait = success(
      system(() => Promise.reject(new Error("Connection terminated"))),
      { ...task, timeout: -15 },
    );
    await assert.rejects(wait, /^CheckFailure: Connection terminated within 0 s$/);
  });
});

describe("a service", () => {
  const server = createServer(() => undefined); // takes every request, and never answers
  let url = "";
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A cluster whose port-forward had a trouble at that time. */
  const services = (troubleAt: number, signal = never) => {
    const status = { phase: "Running", containerStatuses: [{ ready: true }] };
    const cluster = {
      podsOf: () => Promise.resolve({ pods: [{ metadata: { name: "a" }, status }], port: 3000 }),
      forward: () =>
        Promise.resolve({ url, trouble: (since: number) => (troubleAt >= since ? "no such pod" : "") }),
    };
    return new Services(cluster as unknown as Cluster, "", signal);
  };
  const ask = (troubleAt: number, signal?: AbortSignal) =>
    services(troubleAt, signal).ask("orchestrator", { path: "/agents", patience: 0.1 });

  test("is not excused for its silence by the error of an earlier question", async () => {
    await assert.rejects(ask(0), /orchestrator did not answer GET \/agents: no answer within 0.1 s/);
    await assert.rejects(ask(Infinity), /orchestrator did not answer GET \/agents: no such pod/);
  });

  test("is not waited for when the run is interrupted", async () => {
    await assert.rejects(ask(0, AbortSignal.abort(new Error("interrupted"))), CheckFailure);
  });
});

test("reports the cluster's refusals in its own words, without the headers of its answer", () => {
  const status = { kind: "Status", message: 'pods is forbidden: User "u" cannot list resource "pods"' };
  for (const body of [status, JSON.stringify(status)]) {
    const refused = new ApiException(403, "Unknown API Status Code!", body, { "audit-id": "1" });
    assert.equal(clusterTrouble(refused), `the cluster answered 403: ${status.message}`);
  }
  const cause = new Error("connect ECONNREFUSED 127.0.0.1:1");
  assert.equal(
    clusterTrouble(new TypeError("fetch failed", { cause })),
    "the cluster cannot be asked: connect ECONNREFUSED 127.0.0.1:1",
  );
});

describe("a check", () => {
  const check = (look: Check["look"]): Check => ({
    milestone: "M1",
    expected: "an answer",
    services: [],
    look,
  });
  const skips: string[] = [];
  const context = { skip: (message: string) => void skips.push(message) };

  test("is skipped when an interruption cuts it short, and accuses nobody", async () => {
    const interrupted = new AbortController();
    const look = () => {
      interrupted.abort(new Error("interrupted"));
      return Promise.reject(new CheckFailure("the orchestrator did not answer"));
    };
    await make(context, check(look), () => Promise.resolve([]), interrupted.signal);
    assert.deepEqual(skips, ["interrupted"]);
  });

  test("says that it fails although the cluster cannot be read", async () => {
    const look = () => Promise.reject(new CheckFailure("a wrong answer"));
    await assert.rejects(
      make(context, check(look), () => Promise.reject(new Error("no route to host")), never),
      /M1: expected an answer\nseen: a wrong answer\n {2}nothing more can be read.*no route to host/,
    );
  });
});
