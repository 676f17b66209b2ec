/** Refs, commits, trees, blobs and tags as GraphQL shows them. */
import type { Blob, Commit, Ref, Repository, Tag, Tree } from "../../store/rows.ts";
import type { World } from "../../store/world.ts";
import { connection } from "../connections.ts";
import { repository } from "./repositories.ts";
import type { Arguments, Resolved, Scope } from "../scope.ts";

export type GitObject =
  | { readonly kind: "Commit"; readonly row: Commit }
  | { readonly kind: "Tree"; readonly row: Tree }
  | { readonly kind: "Blob"; readonly row: Blob }
  | { readonly kind: "Tag"; readonly row: Tag };

/** An object by its oid. */
function objectOf({ rows }: World, repositoryId: number, sha: string): GitObject | undefined {
  const inRepository = <T extends { repo_id: number; sha: string }>(list: readonly T[]): T | undefined =>
    list.find((entry) => entry.repo_id === repositoryId && entry.sha === sha);
  const commit = inRepository(rows.commits.findBy("sha", sha));
  if (commit) return { kind: "Commit", row: commit };
  const tree = inRepository(rows.trees.findBy("sha", sha));
  if (tree) return { kind: "Tree", row: tree };
  const blob = inRepository(rows.blobs.findBy("sha", sha));
  if (blob) return { kind: "Blob", row: blob };
  const tag = inRepository(rows.tags.findBy("repo_id", repositoryId));
  return tag && { kind: "Tag", row: tag };
}

/** An object by an expression: an oid, a ref, HEAD, or one of these with `:path`. */
export function objectAt(world: World, repo: Repository, expression: string): GitObject | undefined {
  const [, revision = "", path] = /^([^:]*)(?::(.*))?$/s.exec(expression) ?? [];
  const name = revision === "HEAD" || revision === "" ? `refs/heads/${repo.default_branch}` : revision;
  const found = world.rows.refs
    .findBy("repo_id", repo.id)
    .find((r) => [name, `refs/heads/${name}`, `refs/tags/${name}`].includes(r.ref));
  const object = objectOf(world, repo.id, found?.sha ?? revision);
  return path === undefined || !object ? object : within(world, repo.id, object, path);
}

function within(world: World, repositoryId: number, from: GitObject, path: string): GitObject | undefined {
  let object: GitObject | undefined = from;
  if (object.kind === "Tag") object = objectOf(world, repositoryId, object.row.object_sha);
  if (object?.kind === "Commit") object = objectOf(world, repositoryId, object.row.tree_sha);
  for (const part of path.split("/").filter((p) => p !== "")) {
    if (object?.kind !== "Tree") return undefined;
    const entry = object.row.tree.find((e) => e.path === part);
    object = entry && objectOf(world, repositoryId, entry.sha);
  }
  return object;
}

export function ref(scope: Scope, row: Ref): Resolved {
  const prefix = /^refs\/(?:heads|tags)\//.exec(row.ref)?.[0] ?? "refs/";
  const repo = scope.world.rows.repos.get(row.repo_id);
  const target = objectOf(scope.world, row.repo_id, row.sha);
  return {
    __typename: "Ref",
    id: row.node_id,
    name: row.ref.slice(prefix.length),
    prefix,
    repository: () => repo && repository(scope, repo),
    target: () => (repo && target ? gitObject(scope, repo, target) : null),
  };
}

export function gitObject(scope: Scope, repo: Repository, object: GitObject): Resolved {
  const { row, kind } = object;
  const path = `/${repo.full_name}/${kind.toLowerCase()}/${row.sha}`;
  const other = (sha: string): Resolved | null => {
    const found = objectOf(scope.world, repo.id, sha);
    return found ? gitObject(scope, repo, found) : null;
  };
  const common = {
    __typename: kind,
    id: row.node_id,
    oid: row.sha,
    abbreviatedOid: row.sha.slice(0, 7),
    commitUrl: `${scope.world.origin}${path}`,
    commitResourcePath: path,
    repository: () => repository(scope, repo),
  };
  switch (object.kind) {
    case "Commit":
      return { ...common, ...commitMembers(scope, repo, object.row, other) };
    case "Tree":
      return { ...common, entries: object.row.tree.map((entry) => treeEntry(entry, other)) };
    case "Blob":
      return {
        ...common,
        byteSize: object.row.size,
        isBinary: object.row.encoding === "base64",
        isTruncated: false,
        text: object.row.encoding === "base64" ? null : object.row.content,
      };
    case "Tag":
      return {
        ...common,
        name: object.row.tag,
        message: object.row.message,
        target: () => other(object.row.object_sha),
      };
  }
}

function treeEntry(entry: Tree["tree"][number], other: (sha: string) => Resolved | null): Resolved {
  return {
    name: entry.path,
    path: entry.path,
    mode: parseInt(entry.mode, 8),
    type: entry.type,
    oid: entry.sha,
    size: entry.size ?? 0,
    object: () => other(entry.sha),
  };
}

function commitMembers(
  scope: Scope,
  repo: Repository,
  row: Commit,
  other: (sha: string) => Resolved | null,
): Resolved {
  const [headline = "", ...rest] = row.message.split("\n");
  const history = (): Commit[] => {
    const seen = new Map<string, Commit>();
    const queue = [row.sha];
    for (let sha = queue.shift(); sha !== undefined; sha = queue.shift()) {
      const found = objectOf(scope.world, repo.id, sha);
      if (found?.kind !== "Commit" || seen.has(sha)) continue;
      seen.set(sha, found.row);
      queue.push(...found.row.parent_shas);
    }
    return [...seen.values()];
  };
  const show = (c: Commit): Resolved => gitObject(scope, repo, { kind: "Commit", row: c });
  return {
    message: row.message,
    messageHeadline: headline,
    messageBody: rest.join("\n").trim(),
    committedDate: row.committer_date,
    authoredDate: row.author_date,
    url: `${scope.world.origin}/${repo.full_name}/commit/${row.sha}`,
    author: { name: row.author_name, email: row.author_email, date: row.author_date },
    tree: () => other(row.tree_sha),
    parents: (args: Arguments) =>
      connection(
        "parents",
        args,
        history().filter((c) => row.parent_shas.includes(c.sha)),
        (c) => c.sha,
        show,
      ),
    history: (args: Arguments) => connection("history", args, history(), (c) => c.sha, show),
  };
}
