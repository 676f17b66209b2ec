/** Issues, pull requests, labels and comments as GraphQL shows them. */
import type { Comment, Issue, Label, PullRequest } from "../../store/rows.ts";
import { user } from "./accounts.ts";
import { connection } from "../connections.ts";
import { item } from "./items.ts";
import { repository } from "./repositories.ts";
import { demand, needs, type Arguments, type Resolved, type Scope } from "../scope.ts";

export function issue(scope: Scope, row: Issue): Resolved {
  return {
    __typename: "Issue",
    ...common(scope, row, "Issue"),
    state: row.state.toUpperCase(),
    stateReason: row.state_reason === null ? null : row.state_reason.toUpperCase(),
  };
}

export function pullRequest(scope: Scope, row: PullRequest): Resolved {
  return {
    __typename: "PullRequest",
    ...common(scope, row, "PullRequest"),
    state: row.merged ? "MERGED" : row.state.toUpperCase(),
    merged: row.merged,
    headRefName: row.head_ref,
    baseRefName: row.base_ref,
  };
}

function common(scope: Scope, row: Issue, type: "Issue" | "PullRequest"): Resolved {
  const { rows, origin } = scope.world;
  const repo = rows.repos.get(row.repo_id);
  const author = rows.users.get(row.user_id);
  const path = `/${repo?.full_name}/${type === "Issue" ? "issues" : "pull"}/${row.number}`;
  const cards = () =>
    rows.items.all().filter(({ content }) => content.type === type && content.id === row.id);
  const comments = () =>
    rows.comments.findBy("repo_id", row.repo_id).filter((comment) => comment.issue_number === row.number);
  return {
    id: row.node_id,
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    number: row.number,
    title: row.title,
    body: row.body ?? "",
    bodyText: row.body ?? "",
    closed: row.state === "closed",
    closedAt: row.closed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    url: `${origin}${path}`,
    resourcePath: path,
    author: () => (author ? user(scope, author) : null),
    repository: () => repo && repository(scope, repo),
    labels: (args: Arguments) =>
      connection(
        "labels",
        args,
        row.label_ids.flatMap((id) => rows.labels.get(id) ?? []),
        (l) => l.id,
        (l) => label(scope, l),
      ),
    comments: (args: Arguments) =>
      connection(
        "comments",
        args,
        comments(),
        (c) => c.id,
        (c) => comment(scope, c),
      ),
    projectItems: (args: Arguments) => {
      demand(scope.actor, needs.readBoards, "projectItems");
      return connection(
        "projectItems",
        args,
        cards(),
        (i) => i.id,
        (i) => item(scope, i),
      );
    },
  };
}

export function label(scope: Scope, row: Label): Resolved {
  const repo = scope.world.rows.repos.get(row.repo_id);
  return {
    __typename: "Label",
    id: row.node_id,
    name: row.name,
    color: row.color,
    description: row.description,
    createdAt: row.created_at,
    repository: () => repo && repository(scope, repo),
  };
}

export function comment(scope: Scope, row: Comment): Resolved {
  const author = scope.world.rows.users.get(row.user_id);
  return {
    __typename: "IssueComment",
    id: row.node_id,
    databaseId: row.id,
    body: row.body,
    bodyText: row.body,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    author: () => (author ? user(scope, author) : null),
  };
}
