/** Tells hooks what happened: projects_v2 events to organizations, all else also to the repository's own hooks. */
import type { Field, Item, Option, Project } from "./boardRows.ts";
import { withoutValue } from "./boards.ts";
import type { Dispatch } from "../emulate.ts";
import { findOrganization, findRepository, type Account } from "./rows.ts";
import { organizationJson, userJson, type World } from "./world.ts";

/** Sends what `emulate` announces (issues, push, repository…) to the hooks that want it. */
export function announcer(world: World): Dispatch {
  return (event, action, payload, owner, name) => {
    const { rows, deliveries } = world;
    const organization = findOrganization(rows, owner);
    const repository = name === undefined ? undefined : findRepository(rows, owner, name);
    const hooks = [
      ...(organization ? rows.hooks.findBy("org_id", organization.id) : []),
      ...(repository ? rows.hooks.findBy("repo_id", repository.id) : []),
    ];
    const full = organization ? { ...payload, organization: organizationJson(world, organization) } : payload;
    for (const hook of hooks) {
      if (hook.active && (hook.events.includes("*") || hook.events.includes(event))) {
        deliveries.send(hook, event, action, full);
      }
    }
    if (event === "issues" && action === "closed") closeCards(world, payload);
    return Promise.resolve();
  };
}

/** The change of one field value; an option as an object, other values plain, null for none. */
export interface ValueChange {
  readonly field: Field;
  readonly from: Option | string | number | null;
  readonly to: Option | string | number | null;
}

/** Sends projects_v2_item. A board of a person emits nothing, nor does one of another organization. */
export function announceItem(
  world: World,
  project: Project,
  item: Item,
  action: "created" | "edited" | "deleted" | "archived" | "restored" | "reordered",
  sender: Account,
  change?: ValueChange,
): void {
  if (project.owner_type !== "Organization") return;
  const { rows, deliveries } = world;
  const organization = rows.orgs.get(project.owner_id);
  const creator = rows.users.get(item.creator_id);
  if (!organization) return;
  const payload = {
    action,
    projects_v2_item: {
      id: item.id,
      node_id: item.node_id,
      project_node_id: project.node_id,
      content_node_id: contentNodeId(world, item),
      content_type: item.content.type,
      creator: creator ? userJson(world, creator) : null,
      created_at: item.created_at,
      updated_at: item.updated_at,
      archived_at: item.archived ? item.updated_at : null,
    },
    ...(change
      ? {
          changes: {
            field_value: {
              field_node_id: change.field.node_id,
              field_type: change.field.data_type.toLowerCase(),
              field_name: change.field.name,
              project_number: project.number,
              from: change.from,
              to: change.to,
            },
          },
        }
      : {}),
    organization: organizationJson(world, organization),
    sender: userJson(world, sender),
  };
  for (const hook of rows.hooks.findBy("org_id", organization.id)) {
    if (hook.active && (hook.events.includes("*") || hook.events.includes("projects_v2_item"))) {
      deliveries.send(hook, "projects_v2_item", action, payload);
    }
  }
}

function contentNodeId({ rows }: World, { content }: Item): string {
  if (content.type === "DraftIssue") return content.node_id;
  return (content.type === "Issue" ? rows.issues : rows.pulls).get(content.id)?.node_id ?? "";
}

/** Sets a value (null clears it) and tells the hooks. */
export function setValue(
  world: World,
  project: Project,
  item: Item,
  field: Field,
  value: string | number | null,
  sender: Account,
): Item {
  const shown = (v: string | number | undefined): Option | string | number | null =>
    v === undefined ? null : (field.options.find(({ id }) => id === v) ?? v);
  const before = item.values[field.id];
  if ((before?.value ?? null) === value) return item;
  const at = new Date().toISOString();
  const values = value === null ? withoutValue(item, field) : { ...item.values, [field.id]: { value, at } };
  const updated = world.rows.items.update(item.id, { values }) ?? item;
  announceItem(world, project, updated, "edited", sender, {
    field,
    from: shown(before?.value),
    to: shown(value ?? undefined),
  });
  return updated;
}

/** The default workflow "Item closed": the card of a closed issue goes where the workflow says. */
function closeCards(world: World, payload: Record<string, unknown>): void {
  const { rows } = world;
  const { node_id } = (payload.issue ?? {}) as { node_id?: string };
  const { login } = (payload.sender ?? {}) as { login?: string };
  const issue = rows.issues.all().find((row) => row.node_id === node_id);
  const sender = rows.users.findOneBy("login", login ?? "");
  for (const item of rows.items.all()) {
    if (!issue || !sender || item.content.type !== "Issue" || item.content.id !== issue.id) continue;
    const project = rows.projects.get(item.project_id);
    const workflow = rows.workflows
      .findBy("project_id", item.project_id)
      .find((w) => w.name === "Item closed" && w.enabled);
    const status = rows.fields.findBy("project_id", item.project_id).find((f) => f.name === "Status");
    if (project && status && workflow?.option_id)
      setValue(world, project, item, status, workflow.option_id, sender);
  }
}
