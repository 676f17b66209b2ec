import assert from "node:assert/strict";
import { test } from "node:test";
import { boardWithCards, emulator, type Emulator } from "./githubEmulatorSupport.ts";

interface Copy {
  readonly projectV2: {
    readonly id: string;
    readonly title: string;
    readonly fields: {
      readonly nodes: { readonly name: string; readonly options?: { readonly name: string }[] }[];
    };
    readonly views: { readonly nodes: { readonly name: string }[] };
    readonly items: { readonly totalCount: number };
  };
}

/** Runs one mutation and gives its payload. */
async function mutate<T>(
  e: Emulator,
  name: string,
  input: object,
  selection = "clientMutationId",
): Promise<T> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await e.data<Record<string, T>>(`mutation($i:${type}!){${name}(input:$i){${selection}}}`, {
    i: input,
  });
  return data[name] as T;
}

void test("a copy has the fields, options and views of its source, under a title of its own, and no cards", async (t) => {
  const e = await emulator(t);
  const { id, ownerId } = await boardWithCards(e, 2);
  const high = { name: "High", color: "RED", description: "" };
  const field = { projectId: id, name: "Priority", dataType: "SINGLE_SELECT", singleSelectOptions: [high] };
  await mutate(e, "createProjectV2Field", field);
  await mutate(e, "createProjectV2View", { projectId: id, name: "Columns", layout: "BOARD_LAYOUT" });
  const { projectV2 } = await mutate<Copy>(
    e,
    "copyProjectV2",
    { projectId: id, ownerId, title: "Copy" },
    `projectV2{id title items(first:1){totalCount} views(first:5){nodes{name}} fields(first:20){nodes{
      ... on ProjectV2FieldCommon{name} ... on ProjectV2SingleSelectField{options{name}}}}}`,
  );
  assert.notEqual(projectV2.id, id);
  assert.deepEqual(
    [projectV2.title, projectV2.items.totalCount, projectV2.views.nodes.map(({ name }) => name)],
    ["Copy", 0, ["View 1", "Columns"]],
  );
  const priority = projectV2.fields.nodes.find(({ name }) => name === "Priority");
  assert.deepEqual(priority?.options, [{ name: "High" }]);
});

void test("a link is made once, shown from both sides, and taken away", async (t) => {
  const e = await emulator(t);
  const { id } = await boardWithCards(e, 0);
  const { body: repository } = await e.rest<{ node_id: string }>("POST", "/orgs/bto-labs/repos", {
    name: "app",
  });
  const link = { projectId: id, repositoryId: repository.node_id };
  const linked = async (): Promise<[number, number]> => {
    const { node, repository: there } = await e.data<{
      node: { repositories: { totalCount: number } };
      repository: { projectsV2: { totalCount: number } };
    }>(
      `query($p:ID!){node(id:$p){... on ProjectV2{repositories(first:1){totalCount}}}
        repository(owner:"bto-labs",name:"app"){projectsV2(first:1){totalCount}}}`,
      { p: id },
    );
    return [node.repositories.totalCount, there.projectsV2.totalCount];
  };
  await mutate(e, "linkProjectV2ToRepository", link);
  await mutate(e, "linkProjectV2ToRepository", link);
  assert.deepEqual(await linked(), [1, 1]);
  await mutate(e, "unlinkProjectV2FromRepository", link);
  assert.deepEqual(await linked(), [0, 0]);
  await mutate(e, "linkProjectV2ToRepository", link);
  await e.rest("DELETE", "/repos/bto-labs/app");
  const { node } = await e.data<{ node: { repositories: { totalCount: number } } }>(
    `query($p:ID!){node(id:$p){... on ProjectV2{repositories(first:1){totalCount}}}}`,
    { p: id },
  );
  assert.equal(node.repositories.totalCount, 0, "a deleted repository leaves no link");
});

void test("cards take values of their field's type alone, move, rest in the archive and go", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 2);
  const ids = async (more = ""): Promise<string[]> => {
    const { node } = await e.data<{ node: { items: { nodes: { id: string }[] } } }>(
      `query($p:ID!){node(id:$p){... on ProjectV2{items(first:10${more}){nodes{id}}}}}`,
      { p: id },
    );
    return node.items.nodes.map((item) => item.id);
  };
  const [first = "", second = ""] = await ids();
  const wrong = { projectId: id, itemId: first, fieldId: field.id, value: { text: "Todo" } };
  await assert.rejects(mutate(e, "updateProjectV2ItemFieldValue", wrong), /UNPROCESSABLE/);
  const foreign = { ...wrong, value: { singleSelectOptionId: "deadbeef" } };
  await assert.rejects(mutate(e, "updateProjectV2ItemFieldValue", foreign), /does not belong to the field/);
  await mutate(e, "updateProjectV2ItemPosition", { projectId: id, itemId: second });
  assert.deepEqual(await ids(), [second, first]);
  await mutate(e, "archiveProjectV2Item", { projectId: id, itemId: first });
  assert.deepEqual(await ids(), [second]);
  assert.deepEqual(await ids(",archivedStates:[ARCHIVED]"), [first]);
  const right = { ...wrong, value: { singleSelectOptionId: field.options[2]?.id } };
  await assert.rejects(mutate(e, "updateProjectV2ItemFieldValue", right), /archived and cannot be updated/);
  await mutate(e, "unarchiveProjectV2Item", { projectId: id, itemId: first });
  await mutate(e, "deleteProjectV2Item", { projectId: id, itemId: second });
  assert.deepEqual(await ids(), [first]);
});

void test("views change and go, but never the last one; built-in fields stay", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 0);
  const { node } = await e.data<{ node: { views: { nodes: { id: string }[] } } }>(
    `query($p:ID!){node(id:$p){... on ProjectV2{views(first:1){nodes{id}}}}}`,
    { p: id },
  );
  const viewId = node.views.nodes[0]?.id ?? "";
  await assert.rejects(mutate(e, "deleteProjectV2View", { viewId }), /UNPROCESSABLE/);
  const { projectV2View } = await mutate<{ projectV2View: object }>(
    e,
    "updateProjectV2View",
    { viewId, name: "Open", layout: "BOARD_LAYOUT", filter: "is:open" },
    "projectV2View{name layout filter verticalGroupByFields(first:1){totalCount}}",
  );
  const expected = {
    name: "Open",
    layout: "BOARD_LAYOUT",
    filter: "is:open",
    verticalGroupByFields: { totalCount: 1 },
  };
  assert.deepEqual(projectV2View, expected);
  await assert.rejects(mutate(e, "deleteProjectV2Field", { fieldId: field.id }), /Only custom fields/);
});

void test("an issue is opened, commented, closed and opened again", async (t) => {
  const e = await emulator(t);
  const { body: repository } = await e.rest<{ node_id: string }>("POST", "/orgs/bto-labs/repos", {
    name: "app",
  });
  const create = { repositoryId: repository.node_id, title: "Tags" };
  const { issue } = await mutate<{ issue: { id: string } }>(e, "createIssue", create, "issue{id}");
  await mutate(e, "addComment", { subjectId: issue.id, body: "A comment" });
  const closed = await mutate<object>(
    e,
    "closeIssue",
    { issueId: issue.id },
    "issue{state stateReason comments(first:1){nodes{body}}}",
  );
  assert.deepEqual(closed, {
    issue: { state: "CLOSED", stateReason: "COMPLETED", comments: { nodes: [{ body: "A comment" }] } },
  });
  const again = await mutate<object>(e, "reopenIssue", { issueId: issue.id }, "issue{state}");
  assert.deepEqual(again, { issue: { state: "OPEN" } });
});

void test("a workflow can be deleted, and is then gone", async (t) => {
  const e = await emulator(t);
  const { id } = await boardWithCards(e, 0);
  const list = `query($p:ID!){node(id:$p){... on ProjectV2{workflows(first:20){totalCount nodes{id}}}}}`;
  type Listed = { node: { workflows: { totalCount: number; nodes: { id: string }[] } } };
  const before = (await e.data<Listed>(list, { p: id })).node.workflows;
  await mutate(e, "deleteProjectV2Workflow", { workflowId: before.nodes[0]?.id });
  assert.equal((await e.data<Listed>(list, { p: id })).node.workflows.totalCount, before.totalCount - 1);
});
