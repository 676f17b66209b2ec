/** Hooks of organizations and repositories, with the refusals GitHub gives. */
import {
  failure,
  invalid,
  json,
  noContent,
  notFound,
  objectBody,
  page,
  type Incoming,
  type Reply,
} from "../http/http.ts";
import { findOrganization, findRepository, type Account, type Hook, type Repository } from "../store/rows.ts";
import { organizationJson, unauthenticated, userJson, userOf, type World } from "../store/world.ts";
import { deliveryRoutes } from "./hookDeliveries.ts";

/** The owner of a hook. */
export interface HookOwner {
  readonly kind: "organization" | "repository";
  readonly row: Account | Repository;
  readonly url: string;
}

const path = /^\/(?:orgs\/([^/]+)|repos\/([^/]+)\/([^/]+))\/hooks(?:\/(\d+)(\/.*)?)?$/;

/** Events that GitHub refuses for an organization or a repository hook; the others are taken as they come. */
const onlyOrganization = [
  "projects_v2",
  "projects_v2_item",
  "projects_v2_status_update",
  "organization",
  "membership",
  "org_block",
  "team",
];

/** Answers requests to hooks; undefined for any other request. */
export function hookRoutes(world: World, request: Incoming): Reply | undefined {
  const match = path.exec(request.path);
  if (!match) return undefined;
  const anonymous = unauthenticated(request);
  if (anonymous) return anonymous;
  const [, organization, login, repository, id, rest] = match;
  const owner = ownerOf(world, organization, login, repository);
  if (!owner) return notFound();
  if (id === undefined) {
    if (request.method === "GET")
      return page(
        request,
        owner.url,
        hooksOf(world, owner).map((h) => hookJson(owner, h)),
      );
    return request.method === "POST" ? create(world, owner, request) : notFound();
  }
  const hook = hooksOf(world, owner).find((h) => h.id === Number(id));
  if (!hook) return notFound();
  if (rest === "/pings" && request.method === "POST") {
    ping(world, owner, hook, request);
    return noContent;
  }
  if (rest === "/config") return config(world, owner, hook, request);
  if (rest?.startsWith("/deliveries")) return deliveryRoutes(world, owner, hook, request, rest);
  if (rest !== undefined) return notFound();
  if (request.method === "GET") return json(200, hookJson(owner, hook));
  if (request.method === "PATCH") return update(world, owner, hook, request);
  if (request.method !== "DELETE") return notFound();
  for (const delivery of world.rows.deliveries.findBy("hook_id", hook.id))
    world.rows.deliveries.delete(delivery.id);
  world.rows.hooks.delete(hook.id);
  return noContent;
}

function ownerOf(world: World, organization?: string, login?: string, name?: string): HookOwner | undefined {
  if (organization !== undefined) {
    const row = findOrganization(world.rows, organization);
    return row && { kind: "organization", row, url: `${world.api}/orgs/${row.login}/hooks` };
  }
  const row = findRepository(world.rows, login ?? "", name ?? "");
  return row && { kind: "repository", row, url: `${world.api}/repos/${row.full_name}/hooks` };
}

function hooksOf({ rows }: World, owner: HookOwner): Hook[] {
  return owner.kind === "organization"
    ? rows.hooks.findBy("org_id", owner.row.id)
    : rows.hooks.findBy("repo_id", owner.row.id);
}

/** A hook in answers: whether it has a secret can be seen, the secret never. */
function hookJson(owner: HookOwner, hook: Hook): Record<string, unknown> {
  const url = `${owner.url}/${hook.id}`;
  const organization = owner.kind === "organization";
  return {
    type: organization ? "Organization" : "Repository",
    id: hook.id,
    name: hook.name,
    active: hook.active,
    events: hook.events,
    config: configJson(hook),
    updated_at: hook.updated_at,
    created_at: hook.created_at,
    url,
    ...(organization ? {} : { test_url: `${url}/tests` }),
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    ...(organization ? {} : { last_response: { code: null, status: "unused", message: null } }),
  };
}

function configJson(hook: Hook): Record<string, string> {
  const { content_type, insecure_ssl, url } = hook;
  return { content_type, insecure_ssl, ...(hook.secret === null ? {} : { secret: "********" }), url };
}

type Wanted = Pick<Hook, "active" | "events" | "url" | "content_type" | "insecure_ssl" | "secret">;

/** Reads the body over what is there (undefined: a new hook); an answer if GitHub would refuse it. */
function wanted(world: World, body: Record<string, unknown>, hook: Hook | undefined): Wanted | Reply {
  const given = (typeof body.config === "object" ? body.config : null) as Record<string, unknown> | null;
  // A config replaces the one there: what it leaves out goes back to its default, the secret included.
  const before = given === null ? hook : undefined;
  const url = given === null ? hook?.url : given.url;
  if (typeof url !== "string" || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return invalid([
      {
        resource: "Hook",
        code: "custom",
        field: "url",
        message: "Config url must be a valid http or https URL",
      },
    ]);
  }
  if (/^(localhost|127\.|10\.|192\.168\.|\[::1\])/.test(new URL(url).hostname)) {
    const message = "url is not supported because it isn't reachable over the public Internet (localhost)";
    return invalid([{ resource: "Hook", code: "custom", message }]);
  }
  const events = body.events ?? hook?.events ?? ["push"];
  if (!Array.isArray(events) || events.length === 0 || !events.every((event) => typeof event === "string")) {
    return invalid([
      { resource: "Hook", code: "custom", field: "events", message: "Events must be a list of names" },
    ]);
  }
  const secret = given?.secret;
  return {
    url,
    events: [...new Set(events)],
    active: typeof body.active === "boolean" ? body.active : (hook?.active ?? true),
    content_type: given?.content_type === "json" ? "json" : (before?.content_type ?? "form"),
    insecure_ssl: given && String(given.insecure_ssl) === "1" ? "1" : (before?.insecure_ssl ?? "0"),
    // The mask a client read back stands for the secret that is there.
    secret:
      secret === "********" || given === null
        ? (hook?.secret ?? null)
        : typeof secret === "string" && secret !== ""
          ? world.seal.close(secret)
          : null,
  };
}

function refused(
  world: World,
  owner: HookOwner,
  hook: Wanted,
  itself: number | undefined,
): Reply | undefined {
  const foreign = hook.events.filter(
    (event) => owner.kind === "repository" && onlyOrganization.includes(event),
  );
  if (foreign.length > 0) {
    const message = `Events contains values not available for repository webhooks: ${foreign.join(", ")}`;
    return invalid([{ resource: "Hook", code: "custom", field: "events", message }]);
  }
  const overlaps = (other: Hook): boolean =>
    other.id !== itself &&
    other.url === hook.url &&
    other.events.some((event) => hook.events.includes(event));
  if (!hooksOf(world, owner).some(overlaps)) return undefined;
  return invalid([
    { resource: "Hook", code: "custom", message: `Hook already exists on this ${owner.kind}` },
  ]);
}

function create(world: World, owner: HookOwner, request: Incoming): Reply {
  const body = objectBody(request.body);
  if (!body) return failure(400, "Problems parsing JSON");
  const name = body.name ?? (owner.kind === "repository" ? "web" : undefined);
  if (name !== "web") {
    return invalid([{ resource: "Hook", code: "custom", field: "name", message: 'Name must be "web"' }]);
  }
  const hook = wanted(world, body, undefined);
  if ("status" in hook) return hook;
  const reply = refused(world, owner, hook, undefined);
  if (reply) return reply;
  if (hooksOf(world, owner).length >= 20) {
    return invalid([{ resource: "Hook", code: "custom", message: "The 20 hooks allowed are already there" }]);
  }
  const id = owner.row.id;
  const place = owner.kind === "organization" ? { org_id: id, repo_id: null } : { org_id: null, repo_id: id };
  const row = world.rows.hooks.insert({ ...place, name, ...hook });
  ping(world, owner, row, request);
  return json(201, hookJson(owner, row), { location: `${owner.url}/${row.id}` });
}

function update(world: World, owner: HookOwner, hook: Hook, request: Incoming): Reply {
  const body = objectBody(request.body);
  if (!body) return failure(400, "Problems parsing JSON");
  const [add, remove]: readonly unknown[] = [body.add_events ?? [], body.remove_events ?? []];
  if (!Array.isArray(add) || !Array.isArray(remove)) {
    return invalid([{ resource: "Hook", code: "custom", field: "events", message: "Events must be a list" }]);
  }
  const events = [...hook.events, ...(add as string[])].filter((event) => !remove.includes(event));
  const next = wanted(world, { events, ...body }, hook);
  if ("status" in next) return next;
  const reply = refused(world, owner, next, hook.id);
  if (reply) return reply;
  return json(200, hookJson(owner, world.rows.hooks.update(hook.id, next) ?? hook));
}

/** The config alone, whose PATCH changes what it names and leaves the rest. */
function config(world: World, owner: HookOwner, hook: Hook, request: Incoming): Reply {
  if (request.method === "GET") return json(200, configJson(hook));
  if (request.method !== "PATCH") return notFound();
  const body = objectBody(request.body);
  if (!body) return failure(400, "Problems parsing JSON");
  const next = wanted(world, { config: { ...configJson(hook), ...body } }, hook);
  if ("status" in next) return next;
  const reply = refused(world, owner, next, hook.id);
  return reply ?? json(200, configJson(world.rows.hooks.update(hook.id, next) ?? hook));
}

function ping(world: World, owner: HookOwner, hook: Hook, request: Incoming): void {
  const sender = userJson(world, userOf(world, request.actor?.login ?? ""));
  const place =
    owner.kind === "organization"
      ? { organization: organizationJson(world, owner.row as Account) }
      : { repository: { id: owner.row.id, full_name: (owner.row as Repository).full_name } };
  const payload = {
    zen: "Keep it logically awesome.",
    hook_id: hook.id,
    hook: hookJson(owner, hook),
    ...place,
    sender,
  };
  world.deliveries.send(hook, "ping", undefined, payload);
}
