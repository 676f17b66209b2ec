/** Repositories as GraphQL shows them. */
import type { Repository } from "../../store/rows.ts";
import { organization, user } from "./accounts.ts";
import { connection } from "../connections.ts";
import { gitObject, objectAt, ref } from "./gitObjects.ts";
import { issue, label, pullRequest } from "./issues.ts";
import { projectsOf } from "./projects.ts";
import { problem, type Arguments, type Resolved, type Scope } from "../scope.ts";

export function repository(scope: Scope, row: Repository): Resolved {
  const { rows, origin } = scope.world;
  const owner = (row.owner_type === "Organization" ? rows.orgs : rows.users).get(row.owner_id);
  const refs = () => rows.refs.findBy("repo_id", row.id);
  const byState = <T extends { state: string }>(list: readonly T[], states: unknown): readonly T[] =>
    Array.isArray(states) ? list.filter((entry) => states.includes(entry.state.toUpperCase())) : list;
  const orders = {
    CREATED_AT: (r: { id: number }) => r.id,
    UPDATED_AT: (r: { updated_at: string }) => r.updated_at,
  };
  return {
    __typename: "Repository",
    id: row.node_id,
    databaseId: row.id,
    name: row.name,
    nameWithOwner: row.full_name,
    description: row.description,
    homepageUrl: row.homepage,
    url: `${origin}/${row.full_name}`,
    resourcePath: `/${row.full_name}`,
    sshUrl: `git@127.0.0.1:${row.full_name}.git`,
    isPrivate: row.private,
    isArchived: row.archived,
    isDisabled: false,
    isFork: false,
    isTemplate: false,
    isEmpty: () => refs().length === 0,
    visibility: row.visibility.toUpperCase(),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    viewerPermission: "ADMIN",
    viewerCanAdminister: true,
    viewerCanUpdateTopics: true,
    owner: () =>
      owner && (row.owner_type === "Organization" ? organization(scope, owner) : user(scope, owner)),
    defaultBranchRef: () => {
      const found = refs().find((r) => r.ref === `refs/heads/${row.default_branch}`);
      return found ? ref(scope, found) : null;
    },
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      const found = refs().find((r) =>
        [r.ref, r.ref.replace(/^refs\/(heads|tags)\//, "")].includes(qualifiedName),
      );
      return found ? ref(scope, found) : null;
    },
    refs: (args: Arguments & { refPrefix: string; query?: string | null }) => {
      const list = refs().filter((r) => r.ref.startsWith(args.refPrefix) && r.ref.includes(args.query ?? ""));
      return connection(
        "refs",
        args,
        list,
        (r) => r.id,
        (r) => ref(scope, r),
        { ALPHABETICAL: (r) => r.ref },
      );
    },
    object: ({ oid, expression }: { oid?: string | null; expression?: string | null }) => {
      const found = objectAt(scope.world, row, oid ?? expression ?? "");
      return found ? gitObject(scope, row, found) : null;
    },
    issue: ({ number }: { number: number }) => {
      const found = rows.issues.findBy("repo_id", row.id).find((i) => i.number === number);
      if (!found) throw problem("NOT_FOUND", `Could not resolve to an Issue with the number of ${number}.`);
      return issue(scope, found);
    },
    issues: (args: Arguments) =>
      connection(
        "issues",
        args,
        byState(rows.issues.findBy("repo_id", row.id), args.states),
        (i) => i.id,
        (i) => issue(scope, i),
        orders,
      ),
    pullRequest: ({ number }: { number: number }) => {
      const found = rows.pulls.findBy("repo_id", row.id).find((p) => p.number === number);
      if (!found)
        throw problem("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
      return pullRequest(scope, found);
    },
    pullRequests: (args: Arguments) =>
      connection(
        "pullRequests",
        args,
        byState(rows.pulls.findBy("repo_id", row.id), args.states),
        (p) => p.id,
        (p) => pullRequest(scope, p),
        orders,
      ),
    label: ({ name }: { name: string }) => {
      const found = rows.labels
        .findBy("repo_id", row.id)
        .find((l) => l.name.toLowerCase() === name.toLowerCase());
      return found ? label(scope, found) : null;
    },
    labels: (args: Arguments) =>
      connection(
        "labels",
        args,
        rows.labels.findBy("repo_id", row.id),
        (l) => l.id,
        (l) => label(scope, l),
        {
          NAME: (l) => l.name,
          CREATED_AT: (l) => l.id,
        },
      ),
    ...projectsOf(scope, () =>
      rows.links.findBy("repo_id", row.id).flatMap((link) => rows.projects.get(link.project_id) ?? []),
    ),
  };
}
