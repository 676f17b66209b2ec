import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./githubEmulatorOpenapi.ts";
import { emulator, token, type Emulator } from "./githubEmulatorSupport.ts";

interface Message {
  readonly message: string;
  readonly errors?: { message?: string; field?: string }[];
}

const repository = "/repos/bto-labs/app";

async function makeRepository(e: Emulator, autoInit = true): Promise<void> {
  const { status } = await e.rest("POST", "/orgs/bto-labs/repos", {
    name: "app",
    auto_init: autoInit,
    visibility: "public",
  });
  assert.equal(status, 201);
}

void test("answers have the shape of GitHub's own description", async (t) => {
  const e = await emulator(t);
  await makeRepository(e);
  const { body: ref } = await e.rest<{ object: { sha: string } }>("GET", `${repository}/git/ref/heads/main`);
  const calls: [string, string, string, number, unknown?][] = [
    ["GET", "/orgs/bto-labs", "/orgs/{org}", 200],
    ["GET", "/users/bto-labs", "/users/{username}", 200],
    ["GET", repository, "/repos/{owner}/{repo}", 200],
    ["PATCH", repository, "/repos/{owner}/{repo}", 200, { description: "d" }],
    ["PUT", `${repository}/topics`, "/repos/{owner}/{repo}/topics", 200, { names: ["a"] }],
    ["GET", `${repository}/branches`, "/repos/{owner}/{repo}/branches", 200],
    ["GET", `${repository}/git/ref/heads/main`, "/repos/{owner}/{repo}/git/ref/{ref}", 200],
    ["GET", `${repository}/git/trees/main`, "/repos/{owner}/{repo}/git/trees/{tree_sha}", 200],
    [
      "GET",
      `${repository}/git/commits/${ref.object.sha}`,
      "/repos/{owner}/{repo}/git/commits/{commit_sha}",
      200,
    ],
    ["POST", `${repository}/git/blobs`, "/repos/{owner}/{repo}/git/blobs", 201, { content: "x" }],
    [
      "POST",
      `${repository}/git/refs`,
      "/repos/{owner}/{repo}/git/refs",
      201,
      { ref: "refs/tags/t", sha: ref.object.sha },
    ],
    [
      "POST",
      `${repository}/labels`,
      "/repos/{owner}/{repo}/labels",
      201,
      { name: "feature-request", color: "ff0000" },
    ],
    [
      "POST",
      `${repository}/issues`,
      "/repos/{owner}/{repo}/issues",
      201,
      { title: "i", labels: ["feature-request"] },
    ],
    [
      "POST",
      `${repository}/issues/1/comments`,
      "/repos/{owner}/{repo}/issues/{issue_number}/comments",
      201,
      { body: "c" },
    ],
    ["GET", `${repository}/pulls`, "/repos/{owner}/{repo}/pulls", 200],
    ["GET", "/rate_limit", "/rate_limit", 200],
  ];
  const found: string[] = [];
  for (const [method, path, described, expected, body] of calls) {
    const answer = await e.rest(method, path, body);
    assert.equal(answer.status, expected, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    found.push(
      ...differences(method, described, expected, answer.body).map((text) => `${method} ${path}: ${text}`),
    );
  }
  assert.deepEqual(found, []);
});

void test("links to pages and clones do not lie under /api/v3, links to the API do", async (t) => {
  const e = await emulator(t);
  await makeRepository(e);
  const { body } = await e.rest<Record<string, string>>("GET", repository);
  assert.equal(body.html_url, `${e.github.url}/bto-labs/app`);
  assert.equal(body.clone_url, `${e.github.url}/bto-labs/app.git`);
  assert.equal(body.url, `${e.github.url}/api/v3/repos/bto-labs/app`);
});

void test("a token that is not known gets 401, on REST and GraphQL alike", async (t) => {
  const e = await emulator(t);
  const rest = await e.rest<Message>("GET", "/orgs/bto-labs", undefined, "ghp_other");
  assert.deepEqual([rest.status, rest.body.message], [401, "Bad credentials"]);
  assert.equal((await e.graphql("{viewer{login}}", {}, "ghp_other")).status, 401);
  assert.equal((await e.graphql("{viewer{login}}", {}, "")).status, 401);
});

void test("a second repository of the name is refused, in whatever case", async (t) => {
  const e = await emulator(t);
  await makeRepository(e);
  for (const name of ["app", "APP"]) {
    const { status, body } = await e.rest<Message>("POST", "/orgs/bto-labs/repos", { name });
    assert.equal(status, 422);
    assert.equal(body.errors?.[0]?.message, "name already exists on this account");
  }
  assert.equal((await e.rest("GET", "/repos/BTO-Labs/App")).status, 200);
});

void test("git data of an empty repository answers 409", async (t) => {
  const e = await emulator(t);
  await makeRepository(e, false);
  const { status, body } = await e.rest<Message>("GET", `${repository}/git/trees/main`);
  assert.deepEqual([status, body.message], [409, "Git Repository is empty."]);
});

void test("visibility makes a repository private", async (t) => {
  const e = await emulator(t);
  const { body } = await e.rest<{ private: boolean }>("POST", "/orgs/bto-labs/repos", {
    name: "p",
    visibility: "private",
  });
  assert.equal(body.private, true);
});

void test("refuses a classic token without a scope where GitHub refuses it, and names the scopes that would do", async (t) => {
  const e = await emulator(t, { tokens: { reader: { login: "reader", scopes: ["read:project"] } } });
  const made = await e.rest("POST", "/orgs/bto-labs/repos", { name: "x" }, "reader");
  assert.equal(made.status, 403);
  const hooks = await e.rest("GET", "/orgs/bto-labs/hooks", undefined, "reader");
  assert.equal(hooks.status, 404, "organization hooks are hidden");
  assert.equal(hooks.headers.get("x-oauth-scopes"), "read:project");
  assert.equal(hooks.headers.get("x-accepted-oauth-scopes"), "admin:org_hook");
});

void test("names the permission that a refused request of a fine-grained token needs", async (t) => {
  const permissions = { metadata: "read", organization_hooks: "read", contents: "write" } as const;
  const e = await emulator(t, { tokens: { fine: { login: "fine", permissions } } });
  const refused: [string, string, string][] = [
    ["POST", "/orgs/bto-labs/repos", "administration=write"],
    ["POST", "/orgs/bto-labs/hooks", "organization_hooks=write"],
    ["POST", `${repository}/issues`, "issues=write"],
  ];
  await makeRepository(e);
  for (const [method, path, accepted] of refused) {
    const { status, headers } = await e.rest(method, path, { name: "x" }, "fine");
    assert.deepEqual([status, headers.get("x-accepted-github-permissions")], [403, accepted], path);
    assert.equal(headers.get("x-oauth-scopes"), null);
  }
  assert.equal((await e.rest("GET", "/orgs/bto-labs/hooks", undefined, "fine")).status, 200);
  assert.equal((await e.rest("POST", `${repository}/git/blobs`, { content: "x" }, "fine")).status, 201);
});

void test("the primary limit ends in 403 with nothing remaining and the time it starts again", async (t) => {
  const e = await emulator(t, { hourlyLimit: 2 });
  assert.equal((await e.rest("GET", "/orgs/bto-labs")).headers.get("x-ratelimit-remaining"), "1");
  await e.rest("GET", "/orgs/bto-labs");
  const { status, headers } = await e.rest("GET", "/orgs/bto-labs");
  assert.deepEqual([status, headers.get("x-ratelimit-remaining")], [403, "0"]);
  assert.ok(Number(headers.get("x-ratelimit-reset")) > Date.now() / 1000);
  await e.control("PUT", "/limit", 4);
  assert.equal((await e.rest("GET", "/orgs/bto-labs")).headers.get("x-ratelimit-remaining"), "1");
});

void test("every answer listens on 127.0.0.1 alone and no answer repeats the token", async (t) => {
  const e = await emulator(t);
  assert.equal(new URL(e.github.url).hostname, "127.0.0.1");
  await makeRepository(e);
  const log = JSON.stringify(await e.control("GET", "/requests"));
  assert.ok(log.includes("/api/v3/orgs/bto-labs/repos"));
  assert.ok(!log.includes(token));
});

void test("a branch with a change becomes a pull request, which lists and filters find", async (t) => {
  const e = await emulator(t);
  await makeRepository(e);
  const { body: ref } = await e.rest<{ object: { sha: string } }>("GET", `${repository}/git/ref/heads/main`);
  await e.rest("POST", `${repository}/git/refs`, { ref: "refs/heads/feature", sha: ref.object.sha });
  const content = Buffer.from("tags").toString("base64");
  const put = await e.rest("PUT", `${repository}/contents/tags.md`, {
    message: "Add tags",
    content,
    branch: "feature",
  });
  assert.equal(put.status, 201);
  const pull = { title: "Tags, closes #1", head: "feature", base: "main", body: "Closes #1" };
  const made = await e.rest("POST", `${repository}/pulls`, pull);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const open = await e.rest<{ title: string }[]>(
    "GET",
    `${repository}/pulls?state=open&head=bto-labs:feature`,
  );
  assert.deepEqual(
    open.body.map(({ title }) => title),
    [pull.title],
  );
  assert.deepEqual(differences("GET", "/repos/{owner}/{repo}/pulls", 200, open.body), []);
  assert.deepEqual(differences("POST", "/repos/{owner}/{repo}/pulls", 201, made.body), []);
  assert.deepEqual((await e.rest("GET", `${repository}/pulls?state=closed`)).body, []);
});

void test("a branch goes back to a tag by force alone", async (t) => {
  const e = await emulator(t);
  await makeRepository(e);
  const { body: ref } = await e.rest<{ object: { sha: string } }>("GET", `${repository}/git/ref/heads/main`);
  await e.rest("POST", `${repository}/git/refs`, { ref: "refs/tags/baseline", sha: ref.object.sha });
  await e.rest("PUT", `${repository}/contents/new.md`, { message: "m", content: "eA==", branch: "main" });
  const back = (force: boolean) =>
    e.rest("PATCH", `${repository}/git/refs/heads/main`, { sha: ref.object.sha, force });
  assert.equal((await back(false)).status, 422);
  assert.equal((await back(true)).status, 200);
  assert.equal((await e.rest("GET", `${repository}/contents/new.md`)).status, 404);
});
