/** Changes of projects, fields and cards, whichever route asks for them. */
import { randomBytes } from "node:crypto";
import type { Field, Item, Option, Project, View } from "./boardRows.ts";
import type { Account, Rows } from "./rows.ts";

export type NodePrefix = "PVT" | "PVTF" | "PVTSSF" | "PVTI" | "PVTV" | "PVTPW" | "DI";

export function nodeId(prefix: NodePrefix): string {
  return `${prefix}_lADO${randomBytes(9).toString("base64url")}`;
}

const builtIn: readonly (readonly [string, string])[] = [
  ["Title", "TITLE"],
  ["Assignees", "ASSIGNEES"],
  ["Status", "SINGLE_SELECT"],
  ["Labels", "LABELS"],
  ["Linked pull requests", "LINKED_PULL_REQUESTS"],
  ["Milestone", "MILESTONE"],
  ["Repository", "REPOSITORY"],
  ["Reviewers", "REVIEWERS"],
  ["Parent issue", "PARENT_ISSUE"],
  ["Sub-issues progress", "SUB_ISSUES_PROGRESS"],
];

/** Every new project's Status has these, ids included. */
const firstOptions: readonly Option[] = [
  { id: "f75ad846", name: "Todo", color: "GREEN", description: "This item hasn't been started" },
  { id: "47fc9ee4", name: "In Progress", color: "YELLOW", description: "This is actively being worked on" },
  { id: "98236657", name: "Done", color: "PURPLE", description: "This has been completed" },
];

const firstWorkflows: readonly (readonly [string, boolean, string | null])[] = [
  ["Item closed", true, "98236657"],
  ["Pull request merged", true, "98236657"],
  ["Auto-close issue", true, "98236657"],
  ["Auto-add sub-issues to project", true, null],
  ["Pull request linked to issue", true, "47fc9ee4"],
  ["Item added to project", false, "f75ad846"],
];

export function createProject(
  rows: Rows,
  owner: { readonly row: Account; readonly type: "User" | "Organization" },
  creator: Account,
  title: string,
): Project {
  const others = rows.projects.findBy("owner_id", owner.row.id).filter((p) => p.owner_type === owner.type);
  const project = rows.projects.insert({
    node_id: nodeId("PVT"),
    owner_id: owner.row.id,
    owner_type: owner.type,
    creator_id: creator.id,
    number: Math.max(0, ...others.map((p) => p.number)) + 1,
    title,
    short_description: null,
    readme: null,
    public: false,
    closed_at: null,
  });
  for (const [name, type] of builtIn)
    addField(rows, project, name, type, name === "Status" ? firstOptions : []);
  addView(rows, project, "View 1", "TABLE_LAYOUT");
  firstWorkflows.forEach(([name, enabled, option_id], index) =>
    rows.workflows.insert({
      node_id: nodeId("PVTPW"),
      project_id: project.id,
      number: index + 1,
      name,
      enabled,
      option_id,
    }),
  );
  return project;
}

export function addField(
  rows: Rows,
  project: Project,
  name: string,
  type: string,
  options: readonly Option[],
): Field {
  return rows.fields.insert({
    node_id: nodeId(type === "SINGLE_SELECT" ? "PVTSSF" : "PVTF"),
    project_id: project.id,
    name,
    data_type: type,
    options,
  });
}

/** A new view shows Title, Assignees and Status; a board has a column for each option of Status. */
export function addView(rows: Rows, project: Project, name: string, layout: View["layout"]): View {
  const fields = rows.fields.findBy("project_id", project.id);
  const ids = (names: readonly string[]): number[] =>
    fields.filter((f) => names.includes(f.name)).map((f) => f.id);
  const others = rows.views.findBy("project_id", project.id);
  return rows.views.insert({
    node_id: nodeId("PVTV"),
    project_id: project.id,
    number: Math.max(0, ...others.map((v) => v.number)) + 1,
    name,
    layout,
    filter: null,
    visible_fields: layout === "ROADMAP_LAYOUT" ? [] : ids(["Title", "Assignees", "Status"]),
    group_by: [],
    vertical_group_by: layout === "BOARD_LAYOUT" ? ids(["Status"]) : [],
    sort_by: [],
  });
}

export interface WantedOption {
  /** An option that exists; without it a new one is made, whatever its name. */
  readonly id?: string | null;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

/** Options as they would be after a write; what is sent without an id gets a new one. */
export function newOptions(wanted: readonly WantedOption[]): Option[] {
  return wanted.map(({ id, name, color, description }) => ({
    id: id ?? randomBytes(4).toString("hex"),
    name,
    color,
    description,
  }));
}

/**
 * Replaces a field's whole option list, as GitHub does: cards whose option is not in it any more silently
 * lose their value, and workflows that set it are switched off.
 */
export function replaceOptions(rows: Rows, field: Field, options: readonly Option[]): Field {
  const kept = new Set(options.map(({ id }) => id));
  const gone = new Set(field.options.map(({ id }) => id).filter((id) => !kept.has(id)));
  for (const item of rows.items.findBy("project_id", field.project_id)) {
    const set = item.values[field.id];
    if (!set || !gone.has(String(set.value))) continue;
    rows.items.update(item.id, { values: withoutValue(item, field) });
  }
  for (const workflow of rows.workflows.findBy("project_id", field.project_id)) {
    if (workflow.option_id !== null && gone.has(workflow.option_id)) {
      rows.workflows.update(workflow.id, { enabled: false, option_id: null });
    }
  }
  return rows.fields.update(field.id, { options }) ?? field;
}

/** A card's values but that of one field. */
export function withoutValue(item: Item, field: Field): Item["values"] {
  return Object.fromEntries(Object.entries(item.values).filter(([id]) => Number(id) !== field.id));
}

/** Removes a project and everything in it. */
export function deleteProject(rows: Rows, project: Project): void {
  for (const { id } of rows.fields.findBy("project_id", project.id)) rows.fields.delete(id);
  for (const { id } of rows.items.findBy("project_id", project.id)) rows.items.delete(id);
  for (const { id } of rows.views.findBy("project_id", project.id)) rows.views.delete(id);
  for (const { id } of rows.workflows.findBy("project_id", project.id)) rows.workflows.delete(id);
  for (const { id } of rows.links.findBy("project_id", project.id)) rows.links.delete(id);
  rows.projects.delete(project.id);
}

/** Removes what stood on a repository that was deleted: its hooks, its links, its issues' cards. */
export function forgetRepository(rows: Rows, repositoryId: number): void {
  for (const hook of rows.hooks.findBy("repo_id", repositoryId)) {
    for (const delivery of rows.deliveries.findBy("hook_id", hook.id)) rows.deliveries.delete(delivery.id);
    rows.hooks.delete(hook.id);
  }
  for (const link of rows.links.findBy("repo_id", repositoryId)) rows.links.delete(link.id);
  for (const { id } of rows.oldNames.findBy("repo_id", repositoryId)) rows.oldNames.delete(id);
  for (const { id, content } of rows.items.all()) {
    if (content.type === "DraftIssue") continue;
    if (!(content.type === "Issue" ? rows.issues : rows.pulls).get(content.id)) rows.items.delete(id);
  }
}
