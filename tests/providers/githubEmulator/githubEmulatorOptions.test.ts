import assert from "node:assert/strict";
import { test } from "node:test";
import { boardWithCards, emulator, statusCounts, type Emulator } from "./githubEmulatorSupport.ts";

interface Option {
  readonly id?: string;
  readonly name: string;
  readonly color?: string;
  readonly description?: string;
}

const update = `mutation($f:ID!,$o:[ProjectV2SingleSelectFieldOptionInput!]){
  updateProjectV2Field(input:{fieldId:$f,singleSelectOptions:$o}){projectV2Field{
    ... on ProjectV2SingleSelectField{options{id name color description}}}}}`;

function replace(e: Emulator, field: string, options: readonly Option[]) {
  const o = options.map((option) => ({ color: "GRAY", description: "", ...option }));
  return e.graphql<{ updateProjectV2Field: { projectV2Field: { options: Required<Option>[] } } }>(update, {
    f: field,
    o,
  });
}

async function workflows(e: Emulator, project: string): Promise<Record<string, boolean>> {
  const { node } = await e.data<{ node: { workflows: { nodes: { name: string; enabled: boolean }[] } } }>(
    `query($p:ID!){node(id:$p){... on ProjectV2{workflows(first:20){nodes{name enabled}}}}}`,
    { p: project },
  );
  return Object.fromEntries(node.workflows.nodes.map(({ name, enabled }) => [name, enabled]));
}

void test("a new board has Todo, In Progress, Done, one view and workflows that are on", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 0);
  assert.deepEqual(
    field.options.map(({ name }) => name),
    ["Todo", "In Progress", "Done"],
  );
  const { node } = await e.data<{ node: { views: { nodes: { name: string; layout: string }[] } } }>(
    `query($p:ID!){node(id:$p){... on ProjectV2{views(first:5){nodes{name layout}}}}}`,
    { p: id },
  );
  assert.deepEqual(node.views.nodes, [{ name: "View 1", layout: "TABLE_LAYOUT" }]);
  assert.equal((await workflows(e, id))["Item closed"], true);
});

void test("options sent with their ids keep every card through rename, reorder, recolour and add", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 6);
  const [todo, progress, done] = field.options;
  assert.ok(todo && progress && done);
  const { body } = await replace(e, field.id, [
    { ...done, name: "Finished", color: "RED" },
    { name: "Blocked" },
    progress,
    { ...todo, description: "to be done" },
  ]);
  const options = body.data?.updateProjectV2Field.projectV2Field.options;
  assert.deepEqual(
    options?.map(({ name }) => name),
    ["Finished", "Blocked", "In Progress", "Todo"],
  );
  assert.equal(options?.[0]?.id, done.id);
  assert.deepEqual(await statusCounts(e, id), { Finished: 2, "In Progress": 2, Todo: 2 });
  assert.equal((await workflows(e, id))["Item closed"], true);
});

void test("options sent without ids are made again: every card loses its value and workflows go off", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 6);
  await replace(
    e,
    field.id,
    field.options.map(({ name }) => ({ name })),
  );
  assert.deepEqual(await statusCounts(e, id), { "": 6 });
  assert.equal((await workflows(e, id))["Item closed"], false);
});

void test("an option left out clears its cards alone", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 6);
  await replace(e, field.id, field.options.slice(0, 2));
  assert.deepEqual(await statusCounts(e, id), { Todo: 2, "In Progress": 2, "": 2 });
});

void test("an empty list of options changes nothing", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 3);
  const { body } = await replace(e, field.id, []);
  assert.equal(body.data?.updateProjectV2Field.projectV2Field.options.length, 3);
  assert.deepEqual(await statusCounts(e, id), { Todo: 1, "In Progress": 1, Done: 1 });
});

void test("more than 50 options, names used twice and ids of other fields are refused and change nothing", async (t) => {
  const e = await emulator(t);
  const { id, field } = await boardWithCards(e, 3);
  const many = Array.from({ length: 51 }, (_, n) => ({ name: `o${n}` }));
  for (const options of [many, [{ name: "a" }, { name: "A" }], [{ id: "deadbeef", name: "a" }]]) {
    const { body } = await replace(e, field.id, options);
    assert.equal(body.errors?.[0]?.type, "UNPROCESSABLE", JSON.stringify(body));
  }
  assert.deepEqual(await statusCounts(e, id), { Todo: 1, "In Progress": 1, Done: 1 });
});

void test("an older server does not know option ids, nor views by mutation", async (t) => {
  const e = await emulator(t, { optionIds: false });
  const { id, field } = await boardWithCards(e, 3);
  const { __type } = await e.data<{ __type: { inputFields: { name: string }[] } }>(
    `{__type(name:"ProjectV2SingleSelectFieldOptionInput"){inputFields{name}}}`,
  );
  assert.deepEqual(__type.inputFields.map(({ name }) => name).sort(), ["color", "description", "name"]);
  const { body } = await replace(e, field.id, field.options);
  assert.match(body.errors?.[0]?.message ?? "", /id/);
  assert.deepEqual(await statusCounts(e, id), { Todo: 1, "In Progress": 1, Done: 1 });
});

void test("a new field needs a free name that is not GitHub's own, and options if it is a single select", async (t) => {
  const e = await emulator(t);
  const { id } = await boardWithCards(e, 0);
  const create = (name: string, dataType: string, singleSelectOptions?: object[]) =>
    e.graphql(
      `mutation($i:CreateProjectV2FieldInput!){createProjectV2Field(input:$i){projectV2Field{... on ProjectV2FieldCommon{id}}}}`,
      {
        i: { projectId: id, name, dataType, ...(singleSelectOptions ? { singleSelectOptions } : {}) },
      },
    );
  assert.equal((await create("Session ID", "TEXT")).body.errors, undefined);
  for (const [name, type] of [
    ["session id", "TEXT"],
    ["Title", "TEXT"],
    ["Priority", "SINGLE_SELECT"],
  ] as const) {
    assert.equal((await create(name, type)).body.errors?.[0]?.type, "UNPROCESSABLE", name);
  }
  const high = { name: "High", color: "RED", description: "" };
  assert.equal((await create("Priority", "SINGLE_SELECT", [high])).body.errors, undefined);
});
