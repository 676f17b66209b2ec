import type { Server } from "./model.ts";

/** The GraphQL documents of the board, each validated in the tests against GitHub's published schema. */

const board = `
  fragment Board on ProjectV2 {
    id number title url shortDescription readme public closed
    owner { ... on Organization { login } ... on User { login } }
    repositories(first: 100) { pageInfo { hasNextPage endCursor } nodes { id nameWithOwner } }
    fields(first: 100) {
      nodes {
        ... on ProjectV2FieldCommon { id name dataType }
        ... on ProjectV2SingleSelectField { options { id name color description } }
      }
    }
    views(first: 100) { nodes { name layout } }
    workflows(first: 100) { nodes { id name enabled } }
  }`;

/** The owner, and its boards with their markers. */
export const findBoards = `
  query FindBoards($owner: String!, $after: String) {
    repositoryOwner(login: $owner) {
      __typename
      id
      ... on Organization {
        viewerCanAdminister
        projectsV2(first: 100, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes { id number title url readme }
        }
      }
    }
  }`;

/** A board, and what the server can do. */
export const readBoard = `
  query ReadBoard($id: ID!) {
    node(id: $id) { ...Board }
    optionInput: __type(name: "ProjectV2SingleSelectFieldOptionInput") { inputFields { name } }
    archivedState: __type(name: "ProjectV2ItemArchivedState") { name }
  }
  ${board}`;

export const createBoard = `
  mutation CreateBoard($input: CreateProjectV2Input!) {
    createProjectV2(input: $input) { projectV2 { ...Board } }
  }
  ${board}`;

/** Cards by page: the option each is on. Archived ones are left out unless asked for. */
export const readCards = ({ archive }: Server) => `
  query ReadCards($id: ID!, $field: String!, $after: String) {
    node(id: $id) {
      ... on ProjectV2 {
        items(first: 100, after: $after${archive ? ", archivedStates: [ARCHIVED, NOT_ARCHIVED]" : ""}) {
          pageInfo { hasNextPage endCursor }
          nodes {
            id
            type
            isArchived
            fieldValueByName(name: $field) { __typename ... on ProjectV2ItemFieldSingleSelectValue { optionId } }
            fieldValues(first: 100) {
              nodes {
                __typename
                ... on ProjectV2ItemFieldSingleSelectValue {
                  optionId
                  field { ... on ProjectV2SingleSelectField { id } }
                }
              }
            }
          }
        }
      }
    }
  }`;

/** The repository that has, or had, a name: GitHub leads from old names to new ones. */
export const whichRepository = `
  query WhichRepository($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) { id nameWithOwner }
  }`;

/** The repository of an id. */
export const repositoryById = `
  query RepositoryById($id: ID!) { node(id: $id) { ... on Repository { id nameWithOwner } } }`;

/** One mutation of a document that holds several. */
export interface Mutation {
  readonly name: keyof typeof inputTypes;
  readonly input: Record<string, unknown>;
}

const inputTypes = {
  updateProjectV2: "UpdateProjectV2Input!",
  createProjectV2Field: "CreateProjectV2FieldInput!",
  updateProjectV2Field: "UpdateProjectV2FieldInput!",
  linkProjectV2ToRepository: "LinkProjectV2ToRepositoryInput!",
  updateProjectV2ItemFieldValue: "UpdateProjectV2ItemFieldValueInput!",
  unarchiveProjectV2Item: "UnarchiveProjectV2ItemInput!",
  archiveProjectV2Item: "ArchiveProjectV2ItemInput!",
  deleteProjectV2: "DeleteProjectV2Input!",
  deleteProjectV2Workflow: "DeleteProjectV2WorkflowInput!",
} as const;

/**
 * One document for all of the mutations, run by GitHub one after the other.
 *
 * @param readBack - whether the answer has the board as it is after the last, which has to be `updateProjectV2`
 */
export function together(name: string, mutations: readonly Mutation[], readBack = false) {
  const parameters = mutations.map((one, i) => `$i${i}: ${inputTypes[one.name]}`);
  const fields = mutations.map((one, i) => {
    const asked = readBack && i === mutations.length - 1 ? "projectV2 { ...Board }" : "clientMutationId";
    return `m${i}: ${one.name}(input: $i${i}) { ${asked} }`;
  });
  return {
    document: `mutation ${name}(${parameters.join(", ")}) {\n  ${fields.join("\n  ")}\n}${readBack ? board : ""}`,
    variables: Object.fromEntries(mutations.map(({ input }, i) => [`i${i}`, input])),
    steps: Object.fromEntries(mutations.map((one, i) => [`m${i}`, stepOf(one)])),
  };
}

/** As in `createProjectV2Field "Priority"`. */
function stepOf({ name, input }: Mutation): string {
  return typeof input["name"] === "string" ? `${name} ${JSON.stringify(input["name"])}` : name;
}
