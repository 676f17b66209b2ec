/** A look at what is there, as a person would see it: every board with its cards, repositories, hooks. */
import type { Field, Item, Project } from "../store/boardRows.ts";
import { escapeHtml } from "../graphql/fields.ts";
import type { Reply } from "./http.ts";
import { styles } from "./pageStyle.ts";
import type { Rows } from "../store/rows.ts";

/** Answers `/` and `/orgs/{login}/projects/{number}`; undefined for any other path. */
export function pages(rows: Rows, path: string): Reply | undefined {
  if (path === "/") return html("GitHub in the sandbox", overview(rows));
  const [, kind, login, number] = /^\/(orgs|users)\/([^/]+)\/projects\/(\d+)(?:\/.*)?$/.exec(path) ?? [];
  const owner = (kind === "orgs" ? rows.orgs : rows.users).findOneBy("login", login ?? "");
  const project = rows.projects
    .findBy("owner_id", owner?.id ?? 0)
    .find((p) => p.number === Number(number) && (p.owner_type === "Organization") === (kind === "orgs"));
  return project && html(project.title, board(rows, project));
}

function html(title: string, body: string): Reply {
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "cache-control": "no-store",
    },
    body:
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
      `<meta name="viewport" content="width=device-width, initial-scale=1"><style>${styles}</style></head>` +
      `<body>${body}</body></html>`,
  };
}

function pathOf(rows: Rows, project: Project): string {
  const organization = project.owner_type === "Organization";
  const owner = (organization ? rows.orgs : rows.users).get(project.owner_id);
  return `/${organization ? "orgs" : "users"}/${owner?.login}/projects/${project.number}`;
}

function overview(rows: Rows): string {
  const boards = rows.projects.all().map((project) => {
    const cards = rows.items.findBy("project_id", project.id).length;
    return `<li><a href="${escapeHtml(pathOf(rows, project))}">${escapeHtml(project.title)}</a> <small>${cards} cards</small></li>`;
  });
  const repositories = rows.repos.all().map((repository) => {
    const refs = rows.refs
      .findBy("repo_id", repository.id)
      .map(({ ref }) => ref.replace(/^refs\/(heads|tags)\//, ""));
    return `<li>${escapeHtml(repository.full_name)} <small>${escapeHtml(refs.join(", ") || "empty")}</small></li>`;
  });
  const hooks = rows.hooks.all().map((hook) => {
    const [last] = rows.deliveries.findBy("hook_id", hook.id).slice(-1);
    const state = last
      ? `last: ${last.event}, ${last.status} (${last.status_code})`
      : "nothing delivered yet";
    return `<li>${escapeHtml(hook.url)} <small>${escapeHtml(hook.events.join(", "))} · ${escapeHtml(state)}</small></li>`;
  });
  const list = (title: string, entries: readonly string[]): string =>
    `<section><h2>${title}</h2><ul>${entries.join("") || "<li><small>none</small></li>"}</ul></section>`;
  return (
    `<header><h1>GitHub in the sandbox</h1></header><main class="lists">${list("Boards", boards)}` +
    `${list("Repositories", repositories)}${list("Webhooks", hooks)}</main>`
  );
}

function board(rows: Rows, project: Project): string {
  const fields = rows.fields.findBy("project_id", project.id);
  const status = fields.find(({ name, data_type }) => name === "Status" && data_type === "SINGLE_SELECT");
  const items = rows.items
    .findBy("project_id", project.id)
    .filter(({ archived }) => !archived)
    .sort((a, b) => a.position - b.position);
  const valueOf = (item: Item): unknown => (status ? item.values[status.id]?.value : undefined);
  const columns = [
    { id: undefined, name: "No Status", color: "GRAY", description: "" },
    ...(status?.options ?? []),
  ].map((option) => {
    const cards = items.filter((item) => valueOf(item) === option.id).map((item) => card(rows, fields, item));
    if (option.id === undefined && cards.length === 0) return "";
    return (
      `<section class="column"><h2><i class="${escapeHtml(option.color)}"></i>${escapeHtml(option.name)}` +
      `<span>${cards.length}</span></h2><p>${escapeHtml(option.description)}</p>${cards.join("")}</section>`
    );
  });
  return (
    `<header><a href="/">All boards</a><h1>${escapeHtml(project.title)}</h1>` +
    `<p>${escapeHtml(project.short_description ?? "")}</p></header><main class="board">${columns.join("")}</main>`
  );
}

function card(rows: Rows, fields: readonly Field[], item: Item): string {
  const { content } = item;
  const row =
    content.type === "DraftIssue"
      ? undefined
      : (content.type === "Issue" ? rows.issues : rows.pulls).get(content.id);
  const repository = row && rows.repos.get(row.repo_id);
  const title = content.type === "DraftIssue" ? content.title : (row?.title ?? "");
  const values = fields.flatMap((field) => {
    const set = item.values[field.id];
    if (!set || field.name === "Status") return [];
    const text = field.options.find(({ id }) => id === set.value)?.name ?? String(set.value);
    return `<b>${escapeHtml(field.name)}: ${escapeHtml(text)}</b>`;
  });
  const where = row ? `${repository?.full_name} #${row.number}` : "Draft";
  return `<article><small>${escapeHtml(where)}</small><strong>${escapeHtml(title)}</strong>${values.join("")}</article>`;
}
