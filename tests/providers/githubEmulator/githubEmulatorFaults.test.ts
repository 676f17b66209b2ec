import assert from "node:assert/strict";
import { test } from "node:test";
import { boardWithCards, emulator, type Emulator } from "./githubEmulatorSupport.ts";

interface Logged {
  readonly method: string;
  readonly path: string;
  readonly operations: string[];
  readonly status?: number;
}

async function boards(e: Emulator): Promise<number> {
  const { organization } = await e.data<{ organization: { projectsV2: { totalCount: number } } }>(
    `{organization(login:"bto-labs"){projectsV2(first:1){totalCount}}}`,
  );
  return organization.projectsV2.totalCount;
}

const create = `mutation Make($o:ID!){createProjectV2(input:{ownerId:$o,title:"t"}){projectV2{id}}}`;

async function ownerId(e: Emulator): Promise<string> {
  return (await e.data<{ organization: { id: string } }>(`{organization(login:"bto-labs"){id}}`)).organization
    .id;
}

void test("the n-th request that matches fails, the others do not", async (t) => {
  const e = await emulator(t);
  await e.control("PUT", "/faults", [
    { match: { method: "GET", path: "^/orgs/" }, skip: 1, action: { kind: "status", status: 502 } },
  ]);
  const statuses: number[] = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await e.rest("GET", "/orgs/bto-labs")).status);
  assert.deepEqual(statuses, [200, 502, 200]);
  assert.deepEqual(await e.control("GET", "/faults"), []);
});

void test("a lost answer: the connection closes and the work is done; without after it is not", async (t) => {
  const e = await emulator(t);
  const o = await ownerId(e);
  for (const [after, expected] of [
    [false, 0],
    [true, 1],
  ] as const) {
    await e.control("PUT", "/faults", [
      { match: { operation: "createProjectV2" }, action: { kind: "drop", after } },
    ]);
    await assert.rejects(e.graphql(create, { o }), TypeError);
    assert.equal(await boards(e), expected);
  }
  await e.control("PUT", "/faults", [
    { match: { operation: "Make" }, action: { kind: "status", status: 502, after: true } },
  ]);
  assert.equal((await e.graphql(create, { o })).status, 502);
  assert.equal(await boards(e), 2);
});

void test("a secondary limit says when to come back, as 403, 429 or 200", async (t) => {
  const e = await emulator(t);
  for (const status of [403, 429]) {
    await e.control("PUT", "/faults", [{ action: { kind: "secondary", status, retryAfter: 7 } }]);
    const answer = await e.rest<{ message: string }>("GET", "/orgs/bto-labs");
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [status, "7"]);
    assert.match(answer.body.message, /secondary rate limit/);
  }
  await e.control("PUT", "/faults", [{ action: { kind: "secondary", status: 200, retryAfter: 7 } }]);
  const answer = await e.graphql("{viewer{login}}");
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [200, "7"]);
  assert.ok(answer.body.errors?.length);
});

void test("an exhausted limit is 200 with errors on GraphQL, 403 on REST, and nothing remains", async (t) => {
  const e = await emulator(t);
  await e.control("PUT", "/faults", [{ times: 2, action: { kind: "exhausted", resetAfter: 5 } }]);
  const graphql = await e.graphql("{viewer{login}}");
  assert.equal(graphql.status, 200);
  assert.equal(graphql.body.errors?.[0]?.type, "RATE_LIMITED");
  assert.equal(graphql.headers.get("x-ratelimit-remaining"), "0");
  const rest = await e.rest("GET", "/orgs/bto-labs");
  assert.deepEqual([rest.status, rest.headers.get("x-ratelimit-remaining")], [403, "0"]);
  assert.equal((await e.rest("GET", "/orgs/bto-labs")).status, 200);
});

void test("a document with several mutations can fail half-way, with the first ones done", async (t) => {
  const e = await emulator(t);
  const { id } = await boardWithCards(e, 0);
  const document = `mutation($p:ID!){
    a:addProjectV2DraftIssue(input:{projectId:$p,title:"a"}){projectItem{id}}
    b:updateProjectV2(input:{projectId:$p,title:"new"}){projectV2{title}}
    c:addProjectV2DraftIssue(input:{projectId:$p,title:"c"}){projectItem{id}}}`;
  const half = async (action: object): Promise<[string, number]> => {
    await e.control("PUT", "/faults", [{ match: { operation: "updateProjectV2" }, action }]);
    const { body } = await e.graphql<Record<string, unknown>>(document, { p: id });
    assert.equal(body.data?.b, null);
    assert.deepEqual(body.errors?.[0]?.path, ["b"]);
    const { node } = await e.data<{ node: { title: string; items: { totalCount: number } } }>(
      `query($p:ID!){node(id:$p){... on ProjectV2{title items(first:1){totalCount}}}}`,
      { p: id },
    );
    return [node.title, node.items.totalCount];
  };
  assert.deepEqual(await half({ kind: "mutation", field: "updateProjectV2", stop: true }), ["Board", 1]);
  assert.deepEqual(await half({ kind: "mutation", field: "updateProjectV2" }), ["Board", 3]);
  assert.deepEqual(await half({ kind: "mutation", field: "updateProjectV2", after: true }), ["new", 5]);
});

void test("every request is counted with its operations, none of the control's own", async (t) => {
  const e = await emulator(t);
  const o = await ownerId(e);
  await e.control("DELETE", "/requests");
  await e.rest("GET", "/orgs/bto-labs");
  await e.graphql(create, { o });
  const log = await e.control<Logged[]>("GET", "/requests");
  assert.deepEqual(
    log.map(({ method, path, operations, status }) => [method, path, operations, status]),
    [
      ["GET", "/api/v3/orgs/bto-labs", [], 200],
      ["POST", "/api/graphql", ["Make", "createProjectV2"], 200],
    ],
  );
});

void test("the control is closed to GitHub's own tokens", async (t) => {
  const e = await emulator(t);
  const response = await fetch(`${e.github.url}/_emulator/requests`, {
    headers: { authorization: "Bearer ghp_all_scopes" },
  });
  assert.equal(response.status, 401);
});

void test("a fault that is none is refused with what it may be", async (t) => {
  const e = await emulator(t);
  const answer = await e.control<{ message: string }>("PUT", "/faults", [{ action: { kind: "explode" } }]);
  assert.match(answer.message, /status, drop, secondary/);
});
