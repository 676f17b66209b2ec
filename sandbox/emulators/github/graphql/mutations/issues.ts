/** Mutations of issues and their comments, done by the REST routes so that hooks hear of them. */
import type { Issue, Repository } from "../../store/rows.ts";
import { comment, issue as shown } from "../resolvers/issues.ts";
import { demand, needs, unprocessable, unresolved, type Resolved, type Scope } from "../scope.ts";
import { writable, writableFor } from "./lookup.ts";

interface CreateInput {
  readonly repositoryId: string;
  readonly title: string;
  readonly body?: string | null;
  readonly labelIds?: readonly string[] | null;
}

const reasons: Readonly<Record<string, string>> = {
  COMPLETED: "completed",
  NOT_PLANNED: "not_planned",
  DUPLICATE: "duplicate",
};

export const issueMutations = {
  createIssue: async (input: CreateInput, scope: Scope): Promise<Resolved> => {
    demand(scope.actor, needs.writeIssues, "createIssue");
    const repo = writableFor(scope, input.repositoryId);
    const labels = (input.labelIds ?? []).map((id) => {
      const found = scope.world.rows.labels.all().find((l) => l.node_id === id);
      if (!found) throw unresolved(id);
      return found.name;
    });
    const { number } = await call(scope, repo, "POST", "issues", {
      title: input.title,
      body: input.body ?? null,
      labels,
    });
    return { issue: issueAt(scope, repo, number) };
  },

  closeIssue: async (
    input: { issueId: string; stateReason?: string | null },
    scope: Scope,
  ): Promise<Resolved> => {
    const { repo, row } = issueFor(scope, input.issueId, "closeIssue");
    const state_reason = reasons[input.stateReason ?? "COMPLETED"];
    const { number } = await call(scope, repo, "PATCH", `issues/${row.number}`, {
      state: "closed",
      state_reason,
    });
    return { issue: issueAt(scope, repo, number) };
  },

  reopenIssue: async (input: { issueId: string }, scope: Scope): Promise<Resolved> => {
    const { repo, row } = issueFor(scope, input.issueId, "reopenIssue");
    const { number } = await call(scope, repo, "PATCH", `issues/${row.number}`, { state: "open" });
    return { issue: issueAt(scope, repo, number) };
  },

  addComment: async (input: { subjectId: string; body: string }, scope: Scope): Promise<Resolved> => {
    const { repo, row } = issueFor(scope, input.subjectId, "addComment");
    const { node_id } = await call(scope, repo, "POST", `issues/${row.number}/comments`, {
      body: input.body,
    });
    const made = scope.world.rows.comments.all().find((c) => c.node_id === node_id);
    return {
      subject: () => issueAt(scope, repo, row.number),
      commentEdge: made ? { cursor: "", node: () => comment(scope, made) } : null,
    };
  },
};

function issueFor(scope: Scope, id: string, mutation: string): { repo: Repository; row: Issue } {
  demand(scope.actor, needs.writeIssues, mutation);
  const row = scope.world.rows.issues.all().find((i) => i.node_id === id);
  const repo = row && scope.world.rows.repos.get(row.repo_id);
  if (!repo) throw unresolved(id);
  return { repo: writable(repo), row };
}

function issueAt(scope: Scope, repo: Repository, number: number): Resolved | null {
  const row = scope.world.rows.issues.findBy("repo_id", repo.id).find((i) => i.number === number);
  return row ? shown(scope, row) : null;
}

async function call(
  scope: Scope,
  repo: Repository,
  method: string,
  path: string,
  body: unknown,
): Promise<{ number: number; node_id: string }> {
  const reply = await scope.world.rest(scope.actor.login, method, `/repos/${repo.full_name}/${path}`, body);
  const value = JSON.parse(reply.body.toString()) as { number: number; node_id: string; message?: string };
  if (reply.status >= 400) throw unprocessable(value.message ?? "The issue could not be changed");
  return value;
}
