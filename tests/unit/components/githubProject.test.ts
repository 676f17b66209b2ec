import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { engineFieldIds, GitHubProject, type GitHubProjectArgs } from "../../../components/githubProject.ts";
import { withDefaults } from "../../../providers/projectBoard/storedInputs.ts";
import type { StoredBoardInputs } from "../../../providers/projectBoard/model.ts";
import { templateDigest } from "../../../providers/repositoryContents/template.ts";
import { workflow } from "../../support/github/boards.ts";
import { type Declared, declarations } from "../../support/engine/mocks.ts";

const board = {
  title: "gwa-test-app Workflow",
  shortDescription: "",
  readme: "",
  public: false,
  statusOptions: workflow,
  statusRenames: {},
  statusMoves: {},
  keepWorkflows: false,
  fields: [{ name: "Session ID", type: "TEXT" as const }],
  views: [{ name: "Board", layout: "board" as const }],
};

const args: GitHubProjectArgs = {
  organization: "bto-labs",
  repository: "gwa-test-app",
  description: "Bookmarks manager",
  public: true,
  branch: "main",
  template: "gwa-test-app",
  tag: "baseline",
  moveTag: false,
  board,
  adopt: false,
  deleteOnDestroy: false,
};

/** The outputs that GitHub would add. */
const answers = {
  "github:index/repository:Repository": {
    nodeId: "R_1",
    htmlUrl: "https://github.com/bto-labs/gwa-test-app",
  },
  "pulumi-nodejs:dynamic/mesh-six:ProjectBoard": {
    projectId: "PVT_1",
    url: "https://github.com/orgs/bto-labs/projects/1",
    statusFieldId: "F_status",
    fieldIds: { "Session ID": "F_session" },
    checklist: ["switch off the workflow"],
  },
};

async function declare(change: Partial<GitHubProjectArgs> = {}) {
  let project: GitHubProject | undefined;
  const declared = await declarations(
    () => (project = new GitHubProject("gwa-test-app", { ...args, ...change })),
    answers,
  );
  assert.ok(project);
  return { declared, project };
}

function inputsOf(declared: readonly Declared[], type: string): Record<string, unknown> {
  const found = declared.filter((one) => one.type.endsWith(type));
  assert.equal(found.length, 1, `${type} is declared once`);
  const { __provider, ...inputs } = found[0]?.inputs ?? {};
  assert.equal(typeof __provider, type.startsWith("mesh-six") ? "string" : "undefined");
  return inputs;
}

test("a repository with its first commit, its template and its board", async () => {
  const { declared } = await declare();
  assert.deepEqual(inputsOf(declared, ":Repository"), {
    name: "gwa-test-app",
    description: "Bookmarks manager",
    visibility: "public",
    autoInit: true,
    hasIssues: true,
  });
  assert.deepEqual(inputsOf(declared, "mesh-six:RepositoryContents"), {
    repository: "bto-labs/gwa-test-app",
    branch: "main",
    template: "templates/gwa-test-app",
    digest: templateDigest("templates/gwa-test-app"),
    tag: "baseline",
  });
  const brief = inputsOf(declared, "mesh-six:ProjectBoard");
  assert.deepEqual(brief, {
    title: board.title,
    statusOptions: workflow.map(({ name, color }) => ({ name, color })),
    fields: board.fields,
    views: board.views,
    owner: "bto-labs",
    repository: "bto-labs/gwa-test-app",
    repositoryId: "R_1",
  });
  // Inputs at their defaults are left out of the state, and are there again for the provider.
  assert.deepEqual(withDefaults(brief as unknown as StoredBoardInputs), {
    ...board,
    owner: "bto-labs",
    repository: "bto-labs/gwa-test-app",
    repositoryId: "R_1",
    adopt: false,
    deleteOnDestroy: false,
  });
});

test("a board's texts, tables, descriptions and switches are kept where they say something", async () => {
  const said = {
    shortDescription: "s",
    readme: "r",
    public: true,
    statusOptions: [{ name: "One", color: "RED" as const, description: "first" }],
    statusRenames: { Todo: "One" },
    statusMoves: { Done: "One" },
    keepWorkflows: true,
  };
  const { declared } = await declare({ board: { ...board, ...said }, deleteOnDestroy: true });
  const { deleteOnDestroy, ...inputs } = inputsOf(declared, "mesh-six:ProjectBoard");
  assert.equal(deleteOnDestroy, true);
  for (const [key, value] of Object.entries(said)) assert.deepEqual(inputs[key], value, key);
});

test("neither address nor token of GitHub is among the inputs of its own resources", async () => {
  const { declared } = await declare();
  const own = declared.filter(({ type }) => type.includes("mesh-six:")).map(({ inputs }) => inputs);
  assert.doesNotMatch(JSON.stringify(own), /token|baseUrl/i);
});

test("with adopt the repository is taken over by its name, and nothing else is", async () => {
  const { declared } = await declare({ adopt: true });
  const taken = declared.filter(({ importId }) => importId !== undefined);
  assert.deepEqual(
    taken.map(({ type, importId }) => [type, importId]),
    [["github:index/repository:Repository", "gwa-test-app"]],
  );
  assert.equal(inputsOf(declared, "mesh-six:ProjectBoard")["adopt"], true);
  assert.equal(inputsOf(declared, "mesh-six:RepositoryContents")["adopt"], true);
  const without = await declare();
  assert.deepEqual(
    without.declared.filter(({ importId }) => importId !== undefined),
    [],
  );
});

test("a repository that was taken over stays when its entry goes, whatever becomes of those that were made", async () => {
  for (const [adopt, deleteOnDestroy, retain] of [
    [false, false, true],
    [false, true, false],
    [true, true, true],
  ] as const) {
    const { declared } = await declare({ adopt, deleteOnDestroy });
    assert.equal(inputsOf(declared, ":GitHubProject")["retain"], retain);
  }
});

test("without a template there are no contents, and a private repository stays private", async () => {
  const { declared } = await declare({ template: "", public: false });
  assert.equal(
    declared.some(({ type }) => type.endsWith("RepositoryContents")),
    false,
  );
  assert.equal(inputsOf(declared, ":Repository")["visibility"], "private");
});

test("gives the ids under the names the workflow engine knows, and none of it is secret", async () => {
  const { project } = await declare();
  const outputs = pulumi.all([project.repositoryUrl, project.boardId, project.boardUrl, project.fieldIds]);
  assert.equal(await pulumi.isSecret(outputs), false);
  assert.deepEqual(await new Promise((resolve) => outputs.apply(resolve)), [
    "https://github.com/bto-labs/gwa-test-app",
    "PVT_1",
    "https://github.com/orgs/bto-labs/projects/1",
    { status: "F_status", sessionId: "F_session" },
  ]);
});

test("a field's name becomes one word of the workflow engine", () => {
  assert.deepEqual(
    engineFieldIds("S", { "Pod Name": "P", "Workflow ID": "W", Priority: "I", "a-b_C": "A" }),
    {
      status: "S",
      podName: "P",
      workflowId: "W",
      priority: "I",
      aBC: "A",
    },
  );
});
