import type { BoardInputs, OptionSpec } from "../../../providers/projectBoard/model.ts";
import type { GitHubRoute, TestGitHub } from "./testGitHub.ts";

/** The options of Status in the workflow's order. */
export const workflow: readonly OptionSpec[] = (
  [
    ["Todo", "GRAY"],
    ["Planning", "BLUE"],
    ["In Progress", "YELLOW"],
    ["QA", "ORANGE"],
    ["Review", "PURPLE"],
    ["Done", "GREEN"],
    ["Blocked", "RED"],
  ] as const
).map(([name, color]) => ({ name, color, description: "" }));

/** A repository made by the test itself, and the inputs of its board. */
export async function boardInputs(
  github: TestGitHub,
  name: string,
  change: Partial<BoardInputs> = {},
): Promise<BoardInputs> {
  const path = `/orgs/${github.owner}/repos`;
  const { node_id } = await github.rest<{ node_id: string }>("POST", path, { name, auto_init: true });
  github.use();
  return {
    owner: github.owner,
    repository: `${github.owner}/${name}`,
    repositoryId: node_id,
    title: `${name} Workflow`,
    shortDescription: "Where mesh-six works",
    readme: "Cards move by themselves.",
    public: false,
    statusOptions: workflow,
    statusRenames: {},
    statusMoves: {},
    keepWorkflows: false,
    fields: [
      { name: "Session ID", type: "TEXT" },
      {
        name: "Priority",
        type: "SINGLE_SELECT",
        options: ["Critical", "High", "Medium", "Low"].map((option) => ({
          name: option,
          color: "GRAY",
          description: "",
        })),
      },
    ],
    views: [{ name: "Board", layout: "board" }],
    adopt: false,
    deleteOnDestroy: false,
    ...change,
  };
}

export interface Seen {
  readonly id: string;
  readonly title: string;
  readonly readme: string | null;
  readonly shortDescription: string | null;
  readonly public: boolean;
  readonly repositories: { readonly nodes: readonly { readonly nameWithOwner: string }[] };
  readonly workflows: { readonly nodes: readonly { readonly name: string; readonly enabled: boolean }[] };
  readonly views: {
    readonly nodes: readonly { readonly id: string; readonly name: string; readonly layout: string }[];
  };
  readonly fields: {
    readonly nodes: readonly {
      readonly id: string;
      readonly name: string;
      readonly options?: readonly (OptionSpec & { readonly id: string })[];
    }[];
  };
  readonly items: {
    readonly nodes: readonly {
      readonly id: string;
      readonly fieldValueByName: { readonly name: string; readonly optionId: string } | null;
    }[];
  };
}

/** Every board of the organization, as a person's own query sees it. */
export async function boardsSeen(github: GitHubRoute, login = github.owner): Promise<readonly Seen[]> {
  const answer = await github.graphql<{ organization: { projectsV2: { nodes: readonly Seen[] } } }>(
    `query Look($login: String!) { organization(login: $login) { projectsV2(first: 50) { nodes {
      id title readme shortDescription public
      repositories(first: 5) { nodes { nameWithOwner } }
      workflows(first: 20) { nodes { name enabled } }
      views(first: 10) { nodes { id name layout } }
      fields(first: 50) { nodes {
        ... on ProjectV2FieldCommon { id name }
        ... on ProjectV2SingleSelectField { options { id name color description } }
      } }
      items(first: 100) { nodes {
        id fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name optionId } }
      } }
    } } } }`,
    { login },
  );
  return answer.organization.projectsV2.nodes;
}

/** The one board of that title. */
export async function boardSeen(github: GitHubRoute, title: string): Promise<Seen> {
  const boards = (await boardsSeen(github)).filter((board) => board.title === title);
  if (boards.length !== 1 || !boards[0])
    throw new Error(`expected one board "${title}", got ${boards.length}`);
  return boards[0];
}

/** Options of a field by name and in order. */
export function optionNames(board: Seen, field: string): readonly string[] {
  return (board.fields.nodes.find(({ name }) => name === field)?.options ?? []).map(({ name }) => name);
}

/** Card id → name of its status, null where it has none. */
export function statuses(board: Seen): ReadonlyMap<string, string | null> {
  return new Map(board.items.nodes.map(({ id, fieldValueByName }) => [id, fieldValueByName?.name ?? null]));
}

/** Makes a board as people do. */
export async function addBoard(github: GitHubRoute, title: string): Promise<void> {
  const { organization } = await github.graphql<{ organization: { id: string } }>(
    "query ($login: String!) { organization(login: $login) { id } }",
    { login: github.owner },
  );
  await github.graphql(
    "mutation ($input: CreateProjectV2Input!) { createProjectV2(input: $input) { clientMutationId } }",
    { input: { ownerId: organization.id, title } },
  );
}

/** Changes a field's options as people do in the browser, where an option keeps its id. */
export async function editOptions(
  github: GitHubRoute,
  board: Seen,
  field: string,
  edit: (options: readonly (OptionSpec & { readonly id: string })[]) => readonly OptionSpec[],
): Promise<void> {
  const found = board.fields.nodes.find(({ name }) => name === field);
  await mutate(github, "updateProjectV2Field", {
    fieldId: found?.id,
    singleSelectOptions: edit(found?.options ?? []),
  });
}

/** One mutation, as a person's own. */
export async function mutate(github: GitHubRoute, name: string, input: object): Promise<void> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  await github.graphql(`mutation ($input: ${type}!) { ${name}(input: $input) { clientMutationId } }`, {
    input,
  });
}

/** A board as the program of before left it, with the marker that did not say who made the board. */
export async function markAsBefore(github: GitHubRoute, board: Seen, repository: string): Promise<void> {
  const text = (board.readme ?? "").replace(/(\n\n)?<!-- mesh-six-infra board of [^>]*-->/g, "");
  const marker = `<!-- mesh-six-infra board of ${repository} -->`;
  const readme = text === "" ? marker : `${text}\n\n${marker}`;
  await mutate(github, "updateProjectV2", { projectId: board.id, readme });
}

/** Puts that many draft cards on the board, spread over its columns in turn. */
export async function addCards(github: GitHubRoute, board: Seen, count: number): Promise<void> {
  const status = board.fields.nodes.find(({ name }) => name === "Status");
  const options = status?.options ?? [];
  for (let card = 0; card < count; card += 1) {
    const { addProjectV2DraftIssue: added } = await github.graphql<{
      addProjectV2DraftIssue: { projectItem: { id: string } };
    }>(
      "mutation Add($input: AddProjectV2DraftIssueInput!) { addProjectV2DraftIssue(input: $input) { projectItem { id } } }",
      { input: { projectId: board.id, title: `card ${card}` } },
    );
    const value = { singleSelectOptionId: options[card % options.length]?.id };
    await github.graphql(
      "mutation Set($input: UpdateProjectV2ItemFieldValueInput!) { updateProjectV2ItemFieldValue(input: $input) { clientMutationId } }",
      {
        input: { projectId: board.id, itemId: added.projectItem.id, fieldId: status?.id, value },
      },
    );
  }
}
