/** Fields of projects and their options as GraphQL shows them. */
import type { Field, Option } from "../store/boardRows.ts";
import { projectById } from "./resolvers/projects.ts";
import type { Resolved, Scope } from "./scope.ts";

export function field(scope: Scope, row: Field): Resolved {
  const common = {
    id: row.node_id,
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    name: row.name,
    dataType: row.data_type,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    project: () => projectById(scope, row.project_id),
  };
  if (row.data_type !== "SINGLE_SELECT") return { __typename: "ProjectV2Field", ...common };
  return {
    __typename: "ProjectV2SingleSelectField",
    ...common,
    options: ({ names }: { names?: readonly string[] | null }) =>
      row.options.filter(({ name }) => !names || names.includes(name)).map(option),
  };
}

function option({ id, name, color, description }: Option): Resolved {
  return {
    id,
    name,
    color,
    description,
    nameHTML: escapeHtml(name),
    descriptionHTML: escapeHtml(description),
  };
}

/** Text for an HTML page or attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
