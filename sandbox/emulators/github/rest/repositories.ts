/**
 * GitHub's requests about repositories as a whole: an organization's list, new addresses after a rename, archives.
 */
import { failure, json, notFound, objectBody, page, type Incoming, type Reply } from "../http/http.ts";
import { findMoved, findOrganization, findRepository, type Repository } from "../store/rows.ts";
import type { World } from "../store/world.ts";
import { after } from "./corrections.ts";

/** Answers requests to these; undefined for any other. */
export async function repositoryRoutes(world: World, request: Incoming): Promise<Reply | undefined> {
  const [, login] = /^\/(?:orgs|users)\/([^/]+)\/repos$/.exec(request.path) ?? [];
  const organization = login === undefined ? undefined : findOrganization(world.rows, login);
  if (organization && request.method === "GET") {
    const owned = world.rows.repos.findBy("owner_id", organization.id);
    return list(
      world,
      request,
      owned.filter(({ owner_type }) => owner_type === "Organization"),
    );
  }
  const [, owner = "", name = "", rest = ""] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(request.path) ?? [];
  const found = findRepository(world.rows, owner, name);
  const reading = request.method === "GET" || request.method === "HEAD";
  if (found) {
    if (found.archived && !reading && rest !== "") {
      return failure(403, "Repository was archived so is read-only.");
    }
    const [, branch] = /^\/branches\/(.+)\/rename$/.exec(rest) ?? [];
    const renamed = branch !== undefined && request.method === "POST";
    return renamed ? await renameBranch(world, request, found, decodeURIComponent(branch)) : undefined;
  }
  const moved = findMoved(world.rows, owner, name);
  if (!moved) return undefined;
  const query = request.query.size > 0 ? `?${request.query.toString()}` : "";
  const url = `${world.api}/repos/${moved.full_name}${rest}${query}`;
  // With 307 a client sends the same method again.
  const [status, message] = reading ? [301, "Moved Permanently"] : [307, "Temporary Redirect"];
  return json(status, { message, url, documentation_url: "https://docs.github.com/rest" }, { location: url });
}

/** Keeps a repository's old name after a request that may have changed it. */
export function keepOldName({ rows }: World, before: Repository | undefined): void {
  const now = before && rows.repos.get(before.id);
  if (!now || now.full_name.toLowerCase() === before.full_name.toLowerCase()) return;
  rows.oldNames.insert({ full_name: before.full_name.toLowerCase(), repo_id: now.id });
}

/** Renames an organization: its repositories get new addresses, and the old ones lead there. */
export function renameOrganization(rows: World["rows"], from: string, to: string): void {
  const organization = findOrganization(rows, from);
  if (!organization) throw new Error(`There is no organization ${from}.`);
  if (findOrganization(rows, to)) throw new Error(`There is an organization ${to} already.`);
  rows.orgs.update(organization.id, { login: to });
  for (const repo of rows.repos.findBy("owner_id", organization.id)) {
    if (repo.owner_type !== "Organization") continue;
    rows.oldNames.insert({ full_name: repo.full_name.toLowerCase(), repo_id: repo.id });
    rows.repos.update(repo.id, { full_name: `${to}/${repo.name}` });
  }
}

/** `emulate` has no such route. The default branch stays that by its new name. */
async function renameBranch(
  world: World,
  request: Incoming,
  { id, full_name, default_branch }: Repository,
  branch: string,
): Promise<Reply> {
  const { rows } = world;
  const name = objectBody(request.body)?.new_name;
  if (typeof name !== "string" || name === "") return failure(422, "Invalid request.");
  const refs = rows.refs.findBy("repo_id", id);
  const ref = refs.find((one) => one.ref === `refs/heads/${branch}`);
  if (!ref) return failure(404, "Branch not found");
  if (refs.some((one) => one.ref === `refs/heads/${name}`)) {
    return failure(422, `A branch named "${name}" already exists.`);
  }
  rows.refs.update(ref.id, { ref: `refs/heads/${name}` });
  const shownBefore = rows.branches.findBy("repo_id", id).find((one) => one.name === branch);
  if (shownBefore) rows.branches.update(shownBefore.id, { name });
  if (default_branch === branch) rows.repos.update(id, { default_branch: name });
  const shown = await world.rest(request.actor?.login ?? "", "GET", `/repos/${full_name}/branches/${name}`);
  return { ...shown, status: 201 };
}

/** Newest first, each as `emulate` shows it. */
async function list(world: World, request: Incoming, owned: readonly Repository[]): Promise<Reply> {
  const type = request.query.get("type") ?? "all";
  const wanted = owned.filter(({ private: hidden }) => type === "all" || (type === "private") === hidden);
  const paged = page(request, `${world.api}${request.path}`, wanted.toReversed());
  const shown: unknown[] = [];
  for (const { full_name } of JSON.parse(paged.body.toString()) as Repository[]) {
    const path = `/repos/${full_name}`;
    const reply = await world.rest(request.actor?.login ?? "", "GET", path);
    if (reply.status !== 200) return notFound();
    shown.push(JSON.parse(after(world, { ...request, path }, reply).body.toString()));
  }
  return { ...paged, body: JSON.stringify(shown) };
}
