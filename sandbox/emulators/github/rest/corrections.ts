/** The thin layer over `emulate`'s REST routes: what it does not do as GitHub does is put right before and after. */
import { failure, invalid, json, objectBody, page, type Incoming, type Reply } from "../http/http.ts";
import { findOrganization, findRepository, type Account, type Repository } from "../store/rows.ts";
import { userLinks, type World } from "../store/world.ts";

const repositoryPath = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/;
/** Links to pages and clones, which do not lie under /api/v3. */
const pageLinks = new Set(["html_url", "clone_url", "svn_url", "avatar_url", "ssh_url"]);

/** GitHub's answer where `emulate` would do something else; undefined: let it do its work. */
export function before(world: World, request: Incoming): Reply | undefined {
  const created = /^\/(?:orgs\/([^/]+)|user)\/repos$/.exec(request.path);
  if (created && request.method === "POST" && request.actor) {
    return repositoryRefused(world, created[1] ?? request.actor.login, request);
  }
  const [, login] = /^\/users\/([^/]+)$/.exec(request.path) ?? [];
  const account = login === undefined ? undefined : findOrganization(world.rows, login);
  if (account && request.method === "GET") return json(200, asUser(world, account));
  const [, owner, name, rest = ""] = repositoryPath.exec(request.path) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  const repository = findRepository(world.rows, owner, name);
  if (!repository) return failure(404, "Not Found");
  const empty = world.rows.refs.findBy("repo_id", repository.id).length === 0;
  if (empty && /^\/git\/(trees|commits|refs|ref|blobs|matching-refs)/.test(rest)) {
    return failure(409, "Git Repository is empty.");
  }
  if (empty && /^\/commits(\?|$)/.test(rest)) return failure(409, "Git Repository is empty.");
  if (/^\/(vulnerability-alerts|automated-security-fixes|private-vulnerability-reporting)$/.test(rest)) {
    return request.method === "GET" ? failure(404, "Vulnerability alerts are disabled.") : undefined;
  }
  if (/^\/pulls(\/|\?|$)/.test(rest)) followBranches(world, repository);
  if (rest === "/tags" && request.method === "GET") {
    const url = `${world.api}/repos/${repository.full_name}`;
    return page(request, `${url}/tags`, tags(world, repository, url));
  }
  return undefined;
}

/** An open pull request is of its branches' newest commits; `emulate` keeps those of when it was opened. */
function followBranches({ rows }: World, { id }: Repository): void {
  const refs = new Map(rows.refs.findBy("repo_id", id).map(({ ref, sha }) => [ref, sha]));
  for (const pull of rows.pulls.findBy("repo_id", id).filter(({ state }) => state === "open")) {
    const head_sha = refs.get(`refs/heads/${pull.head_ref}`) ?? pull.head_sha;
    const base_sha = refs.get(`refs/heads/${pull.base_ref}`) ?? pull.base_sha;
    if (head_sha !== pull.head_sha || base_sha !== pull.base_sha)
      rows.pulls.update(pull.id, { head_sha, base_sha });
  }
}

/** GitHub knows organizations among its users too; `emulate` does not. */
function asUser({ origin, api }: World, { id, node_id, login, name, created_at, updated_at }: Account) {
  const url = `${api}/users/${login}`;
  return {
    login,
    id,
    node_id,
    avatar_url: `${origin}/avatars/${login}`,
    url,
    html_url: `${origin}/${login}`,
    ...userLinks(url),
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    type: "Organization",
    site_admin: false,
    name,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at,
    updated_at,
  };
}

/** Every tag, newest first; `emulate` lists the annotated ones alone. */
function tags({ rows }: World, { id }: Repository, url: string): unknown[] {
  const refs = rows.refs.findBy("repo_id", id).filter(({ ref }) => ref.startsWith("refs/tags/"));
  return refs.reverse().map(({ ref, sha, node_id }) => {
    const name = ref.slice("refs/tags/".length);
    const commit = rows.tags.findBy("repo_id", id).find((tag) => tag.sha === sha)?.object_sha ?? sha;
    return {
      name,
      zipball_url: `${url}/zipball/${ref}`,
      tarball_url: `${url}/tarball/${ref}`,
      commit: { sha: commit, url: `${url}/commits/${commit}` },
      node_id,
    };
  });
}

function repositoryRefused(world: World, owner: string, request: Incoming): Reply | undefined {
  const body = objectBody(request.body);
  if (!body) return failure(400, "Problems parsing JSON");
  if (typeof body.name !== "string" || body.name === "") {
    return invalid(
      [{ resource: "Repository", code: "missing_field", field: "name" }],
      "Repository creation failed.",
    );
  }
  if (!findRepository(world.rows, owner, body.name)) return undefined;
  const message = "name already exists on this account";
  return invalid(
    [{ resource: "Repository", code: "custom", field: "name", message }],
    "Repository creation failed.",
  );
}

/** The request as `emulate` understands it: names in the case they were given, `visibility` as `private`. */
export function translated(world: World, request: Incoming): { path: string; body: Buffer } {
  let { path, body } = request;
  const [, owner, name, rest = ""] = repositoryPath.exec(path) ?? [];
  const repository =
    owner !== undefined && name !== undefined ? findRepository(world.rows, owner, name) : undefined;
  if (repository) path = `/repos/${repository.full_name}${rest}`;
  const [, login, more = ""] = /^\/orgs\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const organization = login === undefined ? undefined : findOrganization(world.rows, login);
  if (organization) path = `/orgs/${organization.login}${more}`;
  if (request.method === "POST" && /^\/(orgs\/[^/]+|user)\/repos$/.test(path)) {
    const given = objectBody(body) ?? {};
    if (typeof given.visibility === "string") {
      body = Buffer.from(JSON.stringify({ ...given, private: given.visibility !== "public" }));
    }
  }
  return { path, body };
}

/** `emulate`'s answer as GitHub would have put it. */
export function after(world: World, request: Incoming, reply: Reply): Reply {
  const type = reply.headers["content-type"] ?? "";
  if (!type.includes("json") || reply.body.length === 0) return reply;
  const value: unknown = JSON.parse(reply.body.toString());
  if (reply.status >= 400) {
    const { message } = value as { message?: string };
    const text = reply.status === 404 ? "Not Found" : (message ?? "");
    if (/^Route not found/i.test(message ?? "")) return failure(404, "Not Found");
    return failure(reply.status, text, permittedHeaders(reply.headers, world));
  }
  const corrected = relink(value, world);
  if (/^\/repos\/[^/]+\/[^/]+$/.test(request.path) || /\/repos$/.test(request.path)) {
    return json(reply.status, withRepositoryDefaults(corrected), permittedHeaders(reply.headers, world));
  }
  if (/^\/orgs\/[^/]+$/.test(request.path)) {
    return json(reply.status, organization(corrected), permittedHeaders(reply.headers, world));
  }
  return json(reply.status, corrected, permittedHeaders(reply.headers, world));
}

/** The headers that GitHub sends too; links to further pages lie under /api/v3. */
function permittedHeaders(
  headers: Readonly<Record<string, string>>,
  { origin, api }: World,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (name === "link") return [[name, value.replaceAll(`<${origin}/`, `<${api}/`)]];
      return ["location", "etag"].includes(name) ? [[name, value]] : [];
    }),
  );
}

function relink(value: unknown, world: World, key = ""): unknown {
  if (typeof value === "string") {
    if (pageLinks.has(key)) return value.replace("/api/v3/", "/");
    return key === "git_url" && value.startsWith("git:") ? value.replace("/api/v3/", "/") : value;
  }
  if (Array.isArray(value)) return value.map((entry) => relink(entry, world));
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([name, entry]) => [name, relink(entry, world, name)]);
  return {
    ...(key === "owner" || key === "user" ? ownerLinks(value) : {}),
    ...Object.fromEntries(members),
  } as unknown;
}

/** Links every owner has, which `emulate` leaves out for organizations. */
function ownerLinks({ url }: { url?: unknown }): Record<string, string> {
  return userLinks(String(url).replace("/orgs/", "/users/"));
}

/** A full organization without the members it has no value for, which GitHub leaves out. */
function organization(value: unknown): unknown {
  const empty = ["company", "location", "email", "blog"];
  const entries = Object.entries(value as object).filter(
    ([name, v]) => !empty.includes(name) || (v !== null && v !== ""),
  );
  return { archived_at: null, ...Object.fromEntries(entries) };
}

/** Members of a full repository `emulate` leaves out, which clients compare with what they asked for. */
function withRepositoryDefaults(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const repository = value as Record<string, unknown>;
  return {
    deployments_url: `${String(repository.url)}/deployments`,
    squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
    squash_merge_commit_message: "COMMIT_MESSAGES",
    merge_commit_title: "MERGE_MESSAGE",
    merge_commit_message: "PR_TITLE",
    allow_update_branch: false,
    web_commit_signoff_required: false,
    network_count: 0,
    subscribers_count: 0,
    ...repository,
  };
}
