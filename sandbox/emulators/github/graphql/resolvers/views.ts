/** Views of projects as GraphQL shows them. */
import type { View } from "../../store/boardRows.ts";
import { connection } from "../connections.ts";
import { field } from "../fields.ts";
import { projectById } from "./projects.ts";
import type { Arguments, Resolved, Scope } from "../scope.ts";

export function view(scope: Scope, row: View): Resolved {
  const { fields } = scope.world.rows;
  const list = (name: string, ids: readonly number[]) => (args: Arguments) =>
    connection(
      name,
      args,
      ids.flatMap((id) => fields.get(id) ?? []),
      (f) => f.id,
      (f) => field(scope, f),
      {
        NAME: (f) => f.name,
        CREATED_AT: (f) => f.id,
      },
    );
  return {
    __typename: "ProjectV2View",
    id: row.node_id,
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    number: row.number,
    name: row.name,
    layout: row.layout,
    filter: row.filter,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    project: () => projectById(scope, row.project_id),
    fields: list("fields", row.visible_fields),
    visibleFields: list("visibleFields", row.visible_fields),
    groupBy: list("groupBy", row.group_by),
    groupByFields: list("groupByFields", row.group_by),
    verticalGroupBy: list("verticalGroupBy", row.vertical_group_by),
    verticalGroupByFields: list("verticalGroupByFields", row.vertical_group_by),
    sortByFields: (args: Arguments) =>
      connection(
        "sortByFields",
        args,
        row.sort_by,
        (sort) => sort.field,
        (sort) => {
          const sorted = fields.get(sort.field);
          return { direction: sort.direction, field: () => (sorted ? field(scope, sorted) : null) };
        },
      ),
  };
}
