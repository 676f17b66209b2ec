import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./githubEmulatorOpenapi.ts";
import { emulator, token, type Emulator } from "./githubEmulatorSupport.ts";

interface Named {
  readonly full_name: string;
}

const make = (e: Emulator, name: string, more: object = {}) =>
  e.rest("POST", "/orgs/bto-labs/repos", { name, auto_init: true, ...more });

void test("an organization's repositories are listed by page, and each page's links lead to the next", async (t) => {
  const e = await emulator(t);
  for (let n = 0; n < 101; n += 1) await make(e, `app-${n}`, { visibility: n < 3 ? "private" : "public" });
  const first = await e.rest<Named[]>("GET", "/orgs/bto-labs/repos?per_page=100");
  assert.deepEqual(differences("GET", "/orgs/{org}/repos", 200, first.body), []);
  assert.equal(first.body.length, 100);
  assert.equal(first.body[0]?.full_name, "bto-labs/app-100");
  const [, next = ""] = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "") ?? [];
  const second = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(
    ((await second.json()) as Named[]).map(({ full_name }) => full_name),
    ["bto-labs/app-0"],
  );
  const hidden = await e.rest<Named[]>("GET", "/orgs/bto-labs/repos?type=private");
  assert.equal(hidden.body.length, 3);
});

void test("a list of more than a page is followed by its links", async (t) => {
  const e = await emulator(t);
  await make(e, "app");
  for (let n = 0; n < 35; n += 1)
    await e.rest("POST", "/repos/bto-labs/app/labels", { name: `label-${n}`, color: "ffffff" });
  const first = await e.rest<unknown[]>("GET", "/repos/bto-labs/app/labels");
  const [, next = ""] = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "") ?? [];
  const second = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(second.status, 200);
  assert.deepEqual([first.body.length, ((await second.json()) as unknown[]).length], [30, 5]);
});

void test("a renamed repository is found by its old name, until another has that", async (t) => {
  const e = await emulator(t);
  await make(e, "app");
  const { body } = await e.rest<Named>("PATCH", "/repos/bto-labs/app", { name: "renamed" });
  assert.equal(body.full_name, "bto-labs/renamed");
  assert.equal((await e.rest<Named>("GET", "/repos/BTO-labs/App")).body.full_name, "bto-labs/renamed");
  const written = await e.rest("PATCH", "/repos/bto-labs/app", { description: "by the old name" });
  assert.equal(written.status, 200);
  const ask = (more = "") =>
    e.graphql<{ repository: { description: string } | null }>(
      `{repository(owner:"bto-labs",name:"app"${more}){description}}`,
    );
  assert.equal((await ask()).body.data?.repository?.description, "by the old name");
  assert.match((await ask(",followRenames:false")).body.errors?.[0]?.message ?? "", /Could not resolve/);

  await make(e, "app", { description: "another" });
  assert.equal((await ask()).body.data?.repository?.description, "another");
});

void test("an archived repository is read, not written, until it is taken out of the archive", async (t) => {
  const e = await emulator(t);
  await make(e, "app");
  const path = "/repos/bto-labs/app";
  const { body } = await e.rest<{ node_id: string }>("PATCH", path, { archived: true });
  assert.equal((await e.rest("GET", `${path}/contents/README.md`)).status, 200);
  const refused = await e.rest<{ message: string }>("POST", `${path}/issues`, { title: "t" });
  assert.deepEqual([refused.status, refused.body.message], [403, "Repository was archived so is read-only."]);
  const issue = `mutation($r:ID!){createIssue(input:{repositoryId:$r,title:"t"}){clientMutationId}}`;
  const { errors } = (await e.graphql(issue, { r: body.node_id })).body;
  assert.match(errors?.[0]?.message ?? "", /archived so is read-only/);
  await e.rest("PATCH", path, { archived: false });
  assert.equal((await e.rest("POST", `${path}/issues`, { title: "t" })).status, 201);
});

void test("a branch gets another name, and stays the default one by it", async (t) => {
  const e = await emulator(t);
  await make(e, "app");
  const path = "/repos/bto-labs/app";
  const rename = (branch: string, name: string) =>
    e.rest<{ name: string }>("POST", `${path}/branches/${branch}/rename`, { new_name: name });
  assert.equal((await rename("nowhere", "develop")).status, 404);
  assert.equal((await rename("main", "main")).status, 422);
  const { status, body } = await rename("main", "de/velop");
  assert.deepEqual([status, body.name], [201, "de/velop"]);
  assert.equal((await e.rest<{ default_branch: string }>("GET", path)).body.default_branch, "de/velop");
  assert.equal((await e.rest("GET", `${path}/contents/README.md`)).status, 200);
  assert.equal((await e.rest("GET", `${path}/git/ref/heads/main`)).status, 404);
  assert.equal((await rename("de%2Fvelop", "main")).status, 201);
});

void test("refuses variables and lists of events of the wrong kind", async (t) => {
  const e = await emulator(t);
  const { status } = await e.graphql("{viewer{login}}", "variables" as unknown as object);
  assert.equal(status, 400);
  const config = { url: "https://mesh-six.example.com/", content_type: "json" };
  const hooks = "/orgs/bto-labs/hooks";
  const { body } = await e.rest<{ id: number }>("POST", hooks, { name: "web", events: ["push"], config });
  assert.equal((await e.rest("PATCH", `${hooks}/${body.id}`, { add_events: "issues" })).status, 422);
});
