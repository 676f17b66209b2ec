/** The end-to-end test's queries to GitHub, and the shape of the answers. */
import type { Comment, PullRequest } from "./judge.ts";

export interface IssueRow {
  readonly node_id: string;
  readonly number: number;
  readonly title: string;
  readonly html_url: string;
  readonly created_at: string;
  readonly labels: readonly { readonly name?: string }[];
}

export interface Board {
  readonly field?: {
    readonly id: string;
    readonly options?: readonly { readonly id: string; readonly name: string }[];
  } | null;
}

export interface Seen {
  readonly repository: {
    readonly issue: {
      readonly state: string;
      readonly stateReason: string | null;
      readonly comments: { readonly nodes: readonly Comment[] };
    } | null;
    readonly pullRequests: { readonly nodes: readonly PullRequest[] };
  } | null;
  readonly node: { readonly fieldValueByName?: { readonly name?: string } | null } | null;
}

export const statusField = `query StatusField($board: ID!) {
  node(id: $board) {
    ... on ProjectV2 { field(name: "Status") { ... on ProjectV2SingleSelectField { id options { id name } } } }
  }
}`;

export const addCard = `mutation AddCard($board: ID!, $issue: ID!) {
  addProjectV2ItemById(input: { projectId: $board, contentId: $issue }) { item { id } }
}`;

export const setStatus = `mutation SetStatus($board: ID!, $item: ID!, $field: ID!, $option: String!) {
  updateProjectV2ItemFieldValue(
    input: { projectId: $board, itemId: $item, fieldId: $field, value: { singleSelectOptionId: $option } }
  ) { projectV2Item { id } }
}`;

export const look = `query IssueAndCard($owner: String!, $name: String!, $number: Int!, $card: ID!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) { state stateReason comments(last: 100) { nodes { id body createdAt } } }
    pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) {
      nodes { number state title body headRefName createdAt url }
    }
  }
  node(id: $card) {
    ... on ProjectV2Item {
      fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
    }
  }
}`;
