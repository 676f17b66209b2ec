import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./githubEmulatorOpenapi.ts";
import { boardWithCards, emulator, type Emulator } from "./githubEmulatorSupport.ts";

interface Head {
  readonly repository: { id: string; defaultBranchRef: { id: string; target: { oid: string } } };
}

async function head(e: Emulator): Promise<{ id: string; oid: string }> {
  const { repository } = await e.data<Head>(
    `{repository(owner:"bto-labs",name:"app"){id defaultBranchRef{id target{oid}}}}`,
  );
  return { id: repository.id, oid: repository.defaultBranchRef.target.oid };
}

const commit = `mutation($i:CreateCommitOnBranchInput!){createCommitOnBranch(input:$i){commit{oid message}}}`;

function commitInput(oid: string, files: Record<string, string>, deletions: readonly string[] = []) {
  return {
    i: {
      branch: { repositoryNameWithOwner: "bto-labs/app", branchName: "main" },
      expectedHeadOid: oid,
      message: { headline: "seed" },
      fileChanges: {
        additions: Object.entries(files).map(([path, text]) => ({
          path,
          contents: Buffer.from(text).toString("base64"),
        })),
        deletions: deletions.map((path) => ({ path })),
      },
    },
  };
}

void test("any number of files become one commit, which REST shows too", async (t) => {
  const e = await emulator(t);
  await e.rest("POST", "/orgs/bto-labs/repos", { name: "app", auto_init: true });
  const { oid } = await head(e);
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`src/part ${n}/ä${n}.ts`, `content ${n}`]),
  );
  await e.data(commit, commitInput(oid, files, ["README.md"]));
  const { body: commits } = await e.rest<{ commit: { message: string } }[]>(
    "GET",
    "/repos/bto-labs/app/commits",
  );
  assert.deepEqual(
    commits.map((c) => c.commit.message),
    ["seed", "Initial commit"],
  );
  const { body: tree } = await e.rest<{ tree: { path: string; type: string }[] }>(
    "GET",
    "/repos/bto-labs/app/git/trees/main?recursive=1",
  );
  const paths = tree.tree.filter(({ type }) => type === "blob").map(({ path }) => path);
  assert.deepEqual(paths.sort(), Object.keys(files).sort());
});

void test("a commit on a head that moved is STALE_DATA; of two at once one is", async (t) => {
  const e = await emulator(t);
  await e.rest("POST", "/orgs/bto-labs/repos", { name: "app", auto_init: true });
  const { oid } = await head(e);
  const both = await Promise.all(
    ["a", "b"].map((name) => e.graphql(commit, commitInput(oid, { [name]: name }))),
  );
  const errors = both.flatMap(({ body }) => body.errors ?? []);
  assert.deepEqual(
    errors.map(({ type }) => type),
    ["STALE_DATA"],
  );
});

void test("a tag is made once, at an oid that exists", async (t) => {
  const e = await emulator(t);
  await e.rest("POST", "/orgs/bto-labs/repos", { name: "app", auto_init: true });
  const { id, oid } = await head(e);
  const tag = (name: string, at: string) =>
    e.graphql(`mutation($i:CreateRefInput!){createRef(input:$i){ref{name}}}`, {
      i: { repositoryId: id, name, oid: at },
    });
  assert.equal((await tag("refs/tags/baseline", oid)).body.errors, undefined);
  const { body: tags } = await e.rest<{ name: string; commit: { sha: string } }[]>(
    "GET",
    "/repos/bto-labs/app/tags",
  );
  assert.deepEqual(
    tags.map(({ name, commit }) => [name, commit.sha]),
    [["baseline", oid]],
  );
  assert.deepEqual(differences("GET", "/repos/{owner}/{repo}/tags", 200, tags), []);
  const { body: tagged } = await e.rest<{ sha: string }>("GET", "/repos/bto-labs/app/commits/baseline");
  assert.equal(tagged.sha, oid);
  assert.match((await tag("refs/tags/baseline", oid)).body.errors?.[0]?.message ?? "", /already exists/);
  assert.equal((await tag("refs/tags/other", "f".repeat(40))).body.errors?.[0]?.type, "UNPROCESSABLE");
});

void test("a workflow file needs the workflow scope", async (t) => {
  const e = await emulator(t, { tokens: { repo: { login: "repo", scopes: ["repo"] } } });
  await e.rest("POST", "/orgs/bto-labs/repos", { name: "app", auto_init: true });
  const { oid } = await head(e);
  const { body } = await e.graphql(
    commit,
    commitInput(oid, { ".github/workflows/ci.yml": "on: push" }),
    "repo",
  );
  assert.equal(body.errors?.[0]?.type, "FORBIDDEN");
  assert.equal((await head(e)).oid, oid);
});

void test("answers with errors, never with nothing, for fields that the schema or the emulator lacks", async (t) => {
  const e = await emulator(t);
  const unknown = await e.graphql('{organization(login:"bto-labs"){colour}}');
  assert.equal(unknown.status, 200);
  assert.equal(unknown.body.data, undefined);
  assert.match(unknown.body.errors?.[0]?.message ?? "", /colour/);
  const missing = await e.graphql("{viewer{gists(first:1){totalCount}}}");
  assert.equal(missing.body.errors?.[0]?.type, "NOT_EMULATED");
  const mutation = await e.graphql(
    `mutation{createTeamDiscussion(input:{teamId:"x",title:"t",body:"b"}){clientMutationId}}`,
  );
  assert.ok(mutation.body.errors?.length);
});

void test("lists need first or last, of at most 100, and pages join without gap", async (t) => {
  const e = await emulator(t);
  const { id } = await boardWithCards(e, 7);
  const items = (args: string) =>
    e.graphql<{
      node: { items: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } };
    }>(
      `query($p:ID!){node(id:$p){... on ProjectV2{items${args}{nodes{id} pageInfo{endCursor hasNextPage}}}}}`,
      { p: id },
    );
  assert.equal((await items("")).body.errors?.[0]?.type, "MISSING_PAGINATION_BOUNDARIES");
  assert.equal((await items("(first:101)")).body.errors?.[0]?.type, "EXCESSIVE_PAGINATION");
  const seen = new Set<string>();
  let page = (await items("(first:3)")).body.data?.node.items;
  for (; page;) {
    for (const node of page.nodes) seen.add(node.id);
    if (!page.pageInfo.hasNextPage) break;
    page = (await items(`(first:3,after:"${page.pageInfo.endCursor}")`)).body.data?.node.items;
  }
  assert.equal(seen.size, 7);
});

void test("two boards may have one title, and a search finds both", async (t) => {
  const e = await emulator(t);
  await boardWithCards(e, 0);
  await boardWithCards(e, 0);
  const { organization } = await e.data<{ organization: { projectsV2: { nodes: { number: number }[] } } }>(
    `{organization(login:"bto-labs"){projectsV2(first:10,query:"boa is:open"){nodes{number}}}}`,
  );
  assert.deepEqual(
    organization.projectsV2.nodes.map(({ number }) => number),
    [2, 1],
  );
});

void test("names the missing project scope, at the field that needs it", async (t) => {
  const e = await emulator(t, {
    tokens: {
      repo: { login: "repo", scopes: ["repo"] },
      fine: { login: "fine", permissions: { metadata: "read", organization_projects: "read" } },
    },
  });
  const { ownerId } = await boardWithCards(e, 0);
  const list = `{organization(login:"bto-labs"){projectsV2(first:1){totalCount}}}`;
  const { body } = await e.graphql(list, {}, "repo");
  assert.equal(body.errors?.[0]?.type, "INSUFFICIENT_SCOPES");
  assert.match(body.errors?.[0]?.message ?? "", /'projectsV2' field requires .*read:project/);
  assert.equal((await e.graphql(list, {}, "fine")).body.errors, undefined);
  const create = `mutation($o:ID!){createProjectV2(input:{ownerId:$o,title:"t"}){clientMutationId}}`;
  assert.equal((await e.graphql(create, { o: ownerId }, "fine")).body.errors?.[0]?.type, "FORBIDDEN");
});

void test("closing an issue moves its card where the workflow says", async (t) => {
  const e = await emulator(t);
  await e.rest("POST", "/orgs/bto-labs/repos", { name: "app", auto_init: true });
  const { id } = await boardWithCards(e, 0);
  const { body: issue } = await e.rest<{ node_id: string }>("POST", "/repos/bto-labs/app/issues", {
    title: "feature",
  });
  await e.data(`mutation($p:ID!,$c:ID!){addProjectV2ItemById(input:{projectId:$p,contentId:$c}){item{id}}}`, {
    p: id,
    c: issue.node_id,
  });
  const status = `query($i:ID!){node(id:$i){... on Issue{projectItems(first:5){nodes{fieldValueByName(name:"Status"){
    ... on ProjectV2ItemFieldSingleSelectValue{name}}}}}}}`;
  const read = async () =>
    (await e.data<{ node: { projectItems: { nodes: unknown[] } } }>(status, { i: issue.node_id })).node
      .projectItems.nodes;
  assert.deepEqual(await read(), [{ fieldValueByName: null }], "adding alone sets no status");
  await e.rest("PATCH", "/repos/bto-labs/app/issues/1", { state: "closed" });
  assert.deepEqual(await read(), [{ fieldValueByName: { name: "Done" } }]);
});

void test("a board view has Status as its columns; REST can group it otherwise", async (t) => {
  const e = await emulator(t);
  const { id, number, field } = await boardWithCards(e, 0);
  const { createProjectV2View } = await e.data<{ createProjectV2View: { projectV2View: unknown } }>(
    `mutation($p:ID!){createProjectV2View(input:{projectId:$p,name:"Board",layout:BOARD_LAYOUT}){projectV2View{
      name layout verticalGroupByFields(first:1){nodes{... on ProjectV2FieldCommon{id name}}}}}}`,
    { p: id },
  );
  assert.deepEqual(createProjectV2View.projectV2View, {
    name: "Board",
    layout: "BOARD_LAYOUT",
    verticalGroupByFields: { nodes: [{ id: field.id, name: "Status" }] },
  });
  const path = `/orgs/bto-labs/projectsV2/${number}/views`;
  const made = await e.rest("POST", path, { name: "Table", layout: "table", group_by: [3] });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(differences("POST", "/orgs/{org}/projectsV2/{project_number}/views", 201, made.body), []);
  assert.equal((await e.rest("POST", path, { name: "x", layout: "heap" })).status, 422);
});
