/** Objects by their global node id. */
import type { Row } from "../../emulate.ts";
import { organization, user } from "./accounts.ts";
import { field } from "../fields.ts";
import { gitObject, ref } from "./gitObjects.ts";
import { comment, issue, label, pullRequest } from "./issues.ts";
import { hidingOf } from "../hidden.ts";
import { content, item } from "./items.ts";
import { project, workflow } from "./projects.ts";
import { repository } from "./repositories.ts";
import { demand, needs, type Resolved, type Scope } from "../scope.ts";
import { view } from "./views.ts";

/** The object a node id stands for; undefined if there is none, or if it is hidden from the user. */
export function findNode(scope: Scope, id: string): Resolved | undefined {
  if (hidingOf(scope, id) !== undefined) return undefined;
  const { rows } = scope.world;
  if (/^(PVT|DI_)/.test(id)) {
    demand(scope.actor, needs.readBoards, "node");
    return board(scope, id);
  }
  // emulate's ids: base64 of 0:, the type and the number of the row.
  const [, type, number] = /^0:([A-Za-z]+)(\d+)$/.exec(Buffer.from(id, "base64").toString("latin1")) ?? [];
  const at = Number(number);
  const shown = <T extends Row>(row: T | undefined, show: (found: T) => Resolved): Resolved | undefined =>
    row && (row as T & { node_id: string }).node_id === id ? show(row) : undefined;
  const object = <T extends Row & { repo_id: number }>(
    row: T | undefined,
    kind: string,
  ): Resolved | undefined => {
    const repo = row && rows.repos.get(row.repo_id);
    return (
      repo &&
      shown(row, (found) =>
        gitObject(scope, repo, { kind, row: found } as unknown as Parameters<typeof gitObject>[2]),
      )
    );
  };
  switch (type ?? "") {
    case "User":
      return shown(rows.users.get(at), (row) => user(scope, row));
    case "Org":
    case "Organization":
      return shown(rows.orgs.get(at), (row) => organization(scope, row));
    case "Repository":
      return shown(rows.repos.get(at), (row) => repository(scope, row));
    case "Ref":
      return shown(rows.refs.get(at), (row) => ref(scope, row));
    case "Commit":
      return object(rows.commits.get(at), "Commit");
    case "Tree":
      return object(rows.trees.get(at), "Tree");
    case "Blob":
      return object(rows.blobs.get(at), "Blob");
    case "Tag":
      return object(rows.tags.get(at), "Tag");
    case "Issue":
      return shown(rows.issues.get(at), (row) => issue(scope, row));
    case "PullRequest":
      return shown(rows.pulls.get(at), (row) => pullRequest(scope, row));
    case "Label":
      return shown(rows.labels.get(at), (row) => label(scope, row));
    case "IssueComment":
      return shown(rows.comments.get(at), (row) => comment(scope, row));
    default:
      return undefined;
  }
}

function board(scope: Scope, id: string): Resolved | undefined {
  const { projects, fields, items, views, workflows } = scope.world.rows;
  const found = {
    project: projects.findOneBy("node_id", id),
    field: fields.findOneBy("node_id", id),
    item: items.findOneBy("node_id", id),
    view: views.findOneBy("node_id", id),
    workflow: workflows.findOneBy("node_id", id),
    draft: items.all().find((row) => row.content.type === "DraftIssue" && row.content.node_id === id),
  };
  if (found.project) return project(scope, found.project);
  if (found.field) return field(scope, found.field);
  if (found.item) return item(scope, found.item);
  if (found.view) return view(scope, found.view);
  if (found.workflow) return workflow(scope, found.workflow);
  return found.draft ? (content(scope, found.draft) ?? undefined) : undefined;
}
