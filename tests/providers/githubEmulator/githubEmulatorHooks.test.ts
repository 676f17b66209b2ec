import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { differences } from "./githubEmulatorOpenapi.ts";
import { boardWithCards, emulator, receiver, type Emulator } from "./githubEmulatorSupport.ts";

const secret = "a secret that must not be seen";
const hook = {
  name: "web",
  active: true,
  events: ["projects_v2_item"],
  config: {
    url: "https://mesh-six.bto.bar/webhooks/github",
    content_type: "json",
    insecure_ssl: "0",
    secret,
  },
};

interface Hook {
  readonly id: number;
  readonly config: { url: string; secret?: string; insecure_ssl: string };
  readonly errors?: { message: string }[];
}

function create(e: Emulator, changes: object = {}) {
  return e.rest<Hook>("POST", "/orgs/bto-labs/hooks", { ...hook, ...changes });
}

void test("a hook is pinged when it is made: signed, at the local receiver, and listed as delivered", async (t) => {
  const { url, received } = await receiver(t);
  const e = await emulator(t, { hostMap: { "mesh-six.bto.bar": url } });
  const { status, body } = await create(e);
  assert.equal(status, 201);
  assert.equal(body.config.url, hook.config.url, "the URL stays the public one");
  assert.deepEqual(differences("POST", "/orgs/{org}/hooks", 201, body), []);
  await e.control("POST", "/settle");
  const [ping] = received;
  assert.ok(ping);
  assert.equal(ping.path, "/webhooks/github");
  assert.equal(ping.headers["x-github-event"], "ping");
  assert.equal(ping.headers["x-github-hook-id"], String(body.id));
  const signature = createHmac("sha256", secret).update(ping.body).digest("hex");
  assert.equal(ping.headers["x-hub-signature-256"], `sha256=${signature}`);
  const listed = await e.rest<{ id: number; event: string; status_code: number; guid: string }[]>(
    "GET",
    `/orgs/bto-labs/hooks/${body.id}/deliveries`,
  );
  assert.deepEqual(differences("GET", "/orgs/{org}/hooks/{hook_id}/deliveries", 200, listed.body), []);
  assert.deepEqual([listed.body[0]?.event, listed.body[0]?.status_code], ["ping", 200]);
  assert.equal(listed.body[0]?.guid, ping.headers["x-github-delivery"]);
  const one = await e.rest("GET", `/orgs/bto-labs/hooks/${body.id}/deliveries/${listed.body[0]?.id}`);
  assert.deepEqual(
    differences("GET", "/orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}", 200, one.body),
    [],
  );
});

void test("a hook's secret is in no answer and not on disk", async (t) => {
  const e = await emulator(t);
  const { body } = await create(e);
  const read = await e.rest<Hook>("GET", `/orgs/bto-labs/hooks/${body.id}`);
  assert.equal(read.body.config.secret, "********");
  await e.control("POST", "/settle");
  const deliveries = await e.rest("GET", `/orgs/bto-labs/hooks/${body.id}/deliveries`);
  const all = JSON.stringify([read.body, deliveries.body, await e.control("GET", "/snapshot")]);
  assert.ok(!all.includes(secret));
  assert.ok(!(await readFile(join(e.directory, "journal.jsonl"), "utf8")).includes(secret));
});

void test("a second hook with the URL and an event of another is refused; other events are not", async (t) => {
  const e = await emulator(t);
  await create(e);
  const again = await create(e);
  assert.equal(again.status, 422);
  assert.equal(again.body.errors?.[0]?.message, "Hook already exists on this organization");
  assert.equal((await create(e, { events: ["push"] })).status, 201);
});

void test("a repository's hook cannot have projects_v2_item", async (t) => {
  const e = await emulator(t);
  await e.rest("POST", "/orgs/bto-labs/repos", { name: "app" });
  const refused = await e.rest<Hook>("POST", "/repos/bto-labs/app/hooks", hook);
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors?.[0]?.message ?? "", /projects_v2_item/);
  const taken = await e.rest<Hook>("POST", "/repos/bto-labs/app/hooks", { ...hook, events: ["issues"] });
  assert.equal(taken.status, 201);
  assert.deepEqual(differences("POST", "/repos/{owner}/{repo}/hooks", 201, taken.body), []);
});

void test("a URL on this machine is refused, as GitHub does", async (t) => {
  const e = await emulator(t);
  const { status } = await create(e, { config: { ...hook.config, url: "http://127.0.0.1:9/x" } });
  assert.equal(status, 422);
});

void test("a host without a place in the map is not contacted; the delivery failed", async (t) => {
  const e = await emulator(t);
  const { body } = await create(e);
  await e.control("POST", "/settle");
  const { body: list } = await e.rest<{ status: string; status_code: number }[]>(
    "GET",
    `/orgs/bto-labs/hooks/${body.id}/deliveries`,
  );
  assert.deepEqual([list[0]?.status, list[0]?.status_code], ["failed to connect to host", 502]);
});

void test("a changed secret signs the next delivery, a config without one takes it away", async (t) => {
  const { url, received } = await receiver(t);
  const e = await emulator(t, { hostMap: { "mesh-six.bto.bar": url } });
  const { body } = await create(e);
  const path = `/orgs/bto-labs/hooks/${body.id}`;
  await e.rest("PATCH", path, { config: { ...hook.config, secret: "second" } });
  await e.rest("POST", `${path}/pings`);
  await e.control("POST", "/settle");
  const signed = received[1];
  assert.equal(
    signed?.headers["x-hub-signature-256"],
    `sha256=${createHmac("sha256", "second")
      .update(signed?.body ?? "")
      .digest("hex")}`,
  );
  const { url: hookUrl, content_type } = hook.config;
  const { body: bare } = await e.rest<Hook>("PATCH", path, { config: { url: hookUrl, content_type } });
  assert.equal(bare.config.secret, undefined);
});

void test("moving a card sends projects_v2_item with what it was and what it is", async (t) => {
  const { url, received } = await receiver(t);
  const e = await emulator(t, { hostMap: { "mesh-six.bto.bar": url } });
  await create(e);
  const { id, field } = await boardWithCards(e, 1);
  await e.control("POST", "/settle");
  assert.deepEqual(
    received.map((r) => r.headers["x-github-event"]),
    ["ping", "projects_v2_item", "projects_v2_item"],
  );
  const events = received.slice(1).map((r) => JSON.parse(r.body) as Record<string, unknown>);
  assert.deepEqual(
    events.map(({ action }) => action),
    ["created", "edited"],
  );
  const edited = events[1] as {
    changes: { field_value: { field_node_id: string; field_type: string; from: null; to: { name: string } } };
    projects_v2_item: { project_node_id: string; content_type: string };
    organization: { login: string };
    repository?: unknown;
  };
  assert.equal(edited.changes.field_value.field_node_id, field.id);
  assert.equal(edited.changes.field_value.field_type, "single_select");
  assert.equal(edited.changes.field_value.from, null);
  assert.equal(edited.changes.field_value.to.name, "Todo");
  assert.equal(edited.projects_v2_item.project_node_id, id);
  assert.equal(edited.projects_v2_item.content_type, "DraftIssue");
  assert.equal(edited.organization.login, "bto-labs");
  assert.equal(edited.repository, undefined);
});

void test("a person's board emits nothing", async (t) => {
  const { url, received } = await receiver(t);
  const e = await emulator(t, { hostMap: { "mesh-six.bto.bar": url } });
  await create(e);
  const { viewer } = await e.data<{ viewer: { id: string } }>("{viewer{id}}");
  const { createProjectV2 } = await e.data<{ createProjectV2: { projectV2: { id: string } } }>(
    `mutation($o:ID!){createProjectV2(input:{ownerId:$o,title:"mine"}){projectV2{id}}}`,
    { o: viewer.id },
  );
  await e.data(`mutation($p:ID!){addProjectV2DraftIssue(input:{projectId:$p,title:"t"}){clientMutationId}}`, {
    p: createProjectV2.projectV2.id,
  });
  await e.control("POST", "/settle");
  assert.equal(received.length, 1, "the ping alone");
});

void test("a delivery can be made again, under the same id", async (t) => {
  const { url, received } = await receiver(t, 500);
  const e = await emulator(t, { hostMap: { "mesh-six.bto.bar": url } });
  const { body } = await create(e);
  await e.control("POST", "/settle");
  const path = `/orgs/bto-labs/hooks/${body.id}/deliveries`;
  const { body: list } = await e.rest<{ id: number; status_code: number }[]>("GET", path);
  assert.equal(list[0]?.status_code, 500);
  assert.equal((await e.rest("POST", `${path}/${list[0]?.id}/attempts`)).status, 202);
  await e.control("POST", "/settle");
  assert.equal(received[1]?.headers["x-github-delivery"], received[0]?.headers["x-github-delivery"]);
});
