/** POST /orgs/{org}/projectsV2/{number}/views: the one route by which a view's grouping and sorting can be set. */
import { addView } from "../store/boards.ts";
import type { Project, View } from "../store/boardRows.ts";
import {
  failure,
  invalid,
  json,
  notFound,
  objectBody,
  type FieldError,
  type Incoming,
  type Reply,
} from "../http/http.ts";
import { findOrganization } from "../store/rows.ts";
import { unauthenticated, userJson, userOf, type World } from "../store/world.ts";

const path = /^\/orgs\/([^/]+)\/projectsV2\/(\d+)\/views$/;
const layouts: Readonly<Record<string, View["layout"]>> = {
  table: "TABLE_LAYOUT",
  board: "BOARD_LAYOUT",
  roadmap: "ROADMAP_LAYOUT",
};
const ungroupable = ["TITLE", "REVIEWERS", "LINKED_PULL_REQUESTS", "SUB_ISSUES_PROGRESS"];

/** Answers requests to views; undefined for any other request. */
export function viewRoutes(world: World, request: Incoming): Reply | undefined {
  const [, login = "", number] = path.exec(request.path) ?? [];
  if (number === undefined) return undefined;
  const anonymous = unauthenticated(request);
  if (anonymous) return anonymous;
  const { rows } = world;
  const organization = findOrganization(rows, login);
  const project = rows.projects
    .findBy("owner_id", organization?.id ?? 0)
    .find((p) => p.owner_type === "Organization" && p.number === Number(number));
  // An older server does not have the route.
  if (!organization || !project || request.method !== "POST" || !world.optionIds) return notFound();
  const body = objectBody(request.body);
  if (!body) return failure(400, "Problems parsing JSON");
  const wanted = settings(world, project, body);
  if (Array.isArray(wanted)) return invalid(wanted);
  const made = addView(rows, project, wanted.name, wanted.layout);
  const row = rows.views.update(made.id, wanted.changes) ?? made;
  const url = `orgs/${organization.login}/projects/${project.number}/views/${row.number}`;
  return json(201, {
    id: row.id,
    number: row.number,
    name: row.name,
    layout: body.layout,
    node_id: row.node_id,
    project_url: `${world.api}/orgs/${organization.login}/projectsV2/${project.number}`,
    html_url: `${world.origin}/${url}`,
    creator: userJson(world, userOf(world, request.actor?.login ?? "")),
    created_at: row.created_at,
    updated_at: row.updated_at,
    filter: row.filter,
    visible_fields: row.visible_fields,
    sort_by: row.sort_by.map(({ field, direction }) => [field, direction.toLowerCase()]),
    group_by: row.group_by,
    vertical_group_by: row.vertical_group_by,
  });
}

function settings(
  world: World,
  project: Project,
  body: Record<string, unknown>,
): { name: string; layout: View["layout"]; changes: Partial<View> } | FieldError[] {
  const fields = world.rows.fields.findBy("project_id", project.id);
  const errors: FieldError[] = [];
  const wrong = (field: string, message: string): void =>
    void errors.push({ resource: "ProjectV2View", code: "invalid", field, message });
  const ids = (name: string, group: boolean): number[] | undefined => {
    const value = body[name];
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? (value as unknown[]) : [];
    const found = list.flatMap((id) => fields.find((f) => f.id === id) ?? []);
    if (!Array.isArray(value) || found.length < list.length)
      wrong(name, `${name} must be a list of the project's field ids`);
    if (group && (found.length > 1 || found.some((f) => ungroupable.includes(f.data_type)))) {
      wrong(name, `${name} takes one field that supports grouping`);
    }
    return found.map(({ id }) => id);
  };
  const layout = layouts[String(body.layout)];
  if (typeof body.name !== "string" || body.name.trim() === "") wrong("name", "name can't be blank");
  if (!layout) wrong("layout", "layout must be table, board or roadmap");
  if (layout === "ROADMAP_LAYOUT" && body.visible_fields !== undefined) {
    wrong("visible_fields", "visible_fields is not applicable to roadmap layout views");
  }
  const known = ["name", "layout", "filter", "visible_fields", "sort_by", "group_by", "vertical_group_by"];
  for (const name of Object.keys(body))
    if (!known.includes(name)) wrong(name, `${name} is not a permitted key`);
  const visible = ids("visible_fields", false);
  const group = ids("group_by", true);
  const vertical = ids("vertical_group_by", true);
  const sort = (Array.isArray(body.sort_by) ? (body.sort_by as unknown[][]) : []).map(
    ([field, direction]) => ({
      field: Number(field),
      direction: direction === "desc" ? ("DESC" as const) : ("ASC" as const),
    }),
  );
  if (sort.some(({ field }) => !fields.some((f) => f.id === field)))
    wrong("sort_by", "sort_by names a field the project lacks");
  if (errors.length > 0 || !layout) return errors;
  return {
    name: String(body.name),
    layout,
    changes: {
      filter: typeof body.filter === "string" ? body.filter : null,
      sort_by: sort,
      ...(visible ? { visible_fields: visible } : {}),
      ...(group ? { group_by: group } : {}),
      ...(vertical ? { vertical_group_by: vertical } : {}),
    },
  };
}
