/** Cards of a project and their field values as GraphQL shows them. */
import type { Field, Item } from "../../store/boardRows.ts";
import { user } from "./accounts.ts";
import { connection } from "../connections.ts";
import { escapeHtml, field } from "../fields.ts";
import { issue, pullRequest } from "./issues.ts";
import { projectById } from "./projects.ts";
import { repository } from "./repositories.ts";
import type { Arguments, Resolved, Scope } from "../scope.ts";

const types = { Issue: "ISSUE", PullRequest: "PULL_REQUEST", DraftIssue: "DRAFT_ISSUE" } as const;

export function item(scope: Scope, row: Item): Resolved {
  const { rows } = scope.world;
  const creator = rows.users.get(row.creator_id);
  const values = (): { field: Field; value: Resolved }[] =>
    rows.fields.findBy("project_id", row.project_id).flatMap((f) => {
      const value = fieldValue(scope, row, f);
      return value ? [{ field: f, value }] : [];
    });
  return {
    __typename: "ProjectV2Item",
    id: row.node_id,
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    type: types[row.content.type],
    isArchived: row.archived,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    creator: () => (creator ? user(scope, creator) : null),
    project: () => projectById(scope, row.project_id),
    content: () => content(scope, row),
    fieldValues: (args: Arguments) =>
      connection(
        "fieldValues",
        args,
        values(),
        (v) => v.field.id,
        (v) => v.value,
      ),
    fieldValueByName: ({ name }: { name: string }) =>
      values().find((v) => v.field.name === name)?.value ?? null,
  };
}

export function content(scope: Scope, row: Item): Resolved | null {
  const { rows } = scope.world;
  if (row.content.type === "DraftIssue") return draftIssue(scope, row, row.content);
  if (row.content.type === "PullRequest") {
    const found = rows.pulls.get(row.content.id);
    return found ? pullRequest(scope, found) : null;
  }
  const found = rows.issues.get(row.content.id);
  return found ? issue(scope, found) : null;
}

function draftIssue(
  scope: Scope,
  row: Item,
  draft: { node_id: string; title: string; body: string },
): Resolved {
  const creator = scope.world.rows.users.get(row.creator_id);
  return {
    __typename: "DraftIssue",
    id: draft.node_id,
    title: draft.title,
    body: draft.body,
    bodyText: draft.body,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    creator: () => (creator ? user(scope, creator) : null),
  };
}

function titleOf(scope: Scope, row: Item): string {
  if (row.content.type === "DraftIssue") return row.content.title;
  const { issues, pulls } = scope.world.rows;
  return (row.content.type === "Issue" ? issues.get(row.content.id) : pulls.get(row.content.id))?.title ?? "";
}

/** The value of a field on a card; undefined where GitHub lists none. */
function fieldValue(scope: Scope, row: Item, f: Field): Resolved | undefined {
  const creator = scope.world.rows.users.get(row.creator_id);
  const set = row.values[f.id];
  const common = {
    id: `PVTFV_${row.id}_${f.id}`,
    databaseId: row.id * 1000 + f.id,
    createdAt: set?.at ?? row.created_at,
    updatedAt: set?.at ?? row.updated_at,
    creator: () => (creator ? user(scope, creator) : null),
    field: () => field(scope, f),
    item: () => item(scope, row),
  };
  if (f.data_type === "TITLE")
    return { __typename: "ProjectV2ItemFieldTextValue", ...common, text: titleOf(scope, row) };
  if (f.data_type === "REPOSITORY" && row.content.type !== "DraftIssue") {
    const { issues, pulls, repos } = scope.world.rows;
    const content = (row.content.type === "Issue" ? issues : pulls).get(row.content.id);
    const repo = content && repos.get(content.repo_id);
    return (
      repo && {
        __typename: "ProjectV2ItemFieldRepositoryValue",
        field: common.field,
        repository: () => repository(scope, repo),
      }
    );
  }
  if (!set) return undefined;
  switch (f.data_type) {
    case "TEXT":
      return { __typename: "ProjectV2ItemFieldTextValue", ...common, text: set.value };
    case "NUMBER":
      return { __typename: "ProjectV2ItemFieldNumberValue", ...common, number: set.value };
    case "DATE":
      return { __typename: "ProjectV2ItemFieldDateValue", ...common, date: set.value };
    case "SINGLE_SELECT": {
      const option = f.options.find(({ id }) => id === set.value);
      if (!option) return undefined;
      return {
        __typename: "ProjectV2ItemFieldSingleSelectValue",
        ...common,
        optionId: option.id,
        name: option.name,
        nameHTML: escapeHtml(option.name),
        color: option.color,
        description: option.description,
        descriptionHTML: escapeHtml(option.description),
      };
    }
    default:
      return undefined;
  }
}
