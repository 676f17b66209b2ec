/** Mutations of refs, and commits of any number of files at once. */
import type { Ref, Repository } from "../../store/rows.ts";
import { hasPermission, hasScope } from "../../http/tokens.ts";
import { gitObject, objectAt, ref as shown } from "../resolvers/gitObjects.ts";
import { demand, needs, problem, unprocessable, unresolved, type Resolved, type Scope } from "../scope.ts";
import { writable, writableFor } from "./lookup.ts";

interface CommitInput {
  readonly branch: {
    readonly id?: string | null;
    readonly repositoryNameWithOwner?: string | null;
    readonly branchName?: string | null;
  };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  } | null;
}

export const gitMutations = {
  createCommitOnBranch: (input: CommitInput, scope: Scope): Promise<Resolved> => {
    demand(scope.actor, needs.writeContents, "createCommitOnBranch");
    const before = committing.get(scope.world) ?? Promise.resolve();
    const done = before.then(() => commitOn(input, scope));
    committing.set(
      scope.world,
      done.catch(() => undefined),
    );
    return done;
  },

  createRef: async (
    input: { repositoryId: string; name: string; oid: string },
    scope: Scope,
  ): Promise<Resolved> => {
    demand(scope.actor, needs.writeContents, "createRef");
    const repo = writableFor(scope, input.repositoryId);
    if (!/^refs\/(heads|tags)\/[^\s~^:?*[\\]+$/.test(input.name)) {
      throw unprocessable(`"${input.name}" is not a valid ref name.`);
    }
    const refs = scope.world.rows.refs.findBy("repo_id", repo.id);
    if (refs.length === 0) throw unprocessable("Repository is empty.");
    if (refs.some(({ ref }) => ref === input.name)) {
      throw unprocessable(`A ref named "${input.name}" already exists in the repository.`);
    }
    const oid = objectAt(scope.world, repo, input.oid);
    if (!oid || oid.row.sha !== input.oid)
      throw unprocessable(`No object exists for the oid "${input.oid}".`);
    await call(scope, repo, "POST", "git/refs", { ref: input.name, sha: input.oid });
    const made = scope.world.rows.refs.findBy("repo_id", repo.id).find(({ ref }) => ref === input.name);
    return { ref: made ? shown(scope, made) : null };
  },

  updateRef: async (
    input: { refId: string; oid: string; force?: boolean | null },
    scope: Scope,
  ): Promise<Resolved> => {
    const { repo, ref } = refFor(scope, input.refId, "updateRef");
    await call(scope, repo, "PATCH", `git/${ref.ref}`, { sha: input.oid, force: input.force === true });
    return { ref: shown(scope, scope.world.rows.refs.get(ref.id) ?? ref) };
  },

  deleteRef: async (input: { refId: string }, scope: Scope): Promise<Resolved> => {
    const { repo, ref } = refFor(scope, input.refId, "deleteRef");
    await call(scope, repo, "DELETE", `git/${ref.ref}`);
    return {};
  },
};

/** One commit at a time, so that of two with the same expected head the later one finds it moved. */
const committing = new WeakMap<object, Promise<unknown>>();

async function commitOn(input: CommitInput, scope: Scope): Promise<Resolved> {
  const { repo, ref } = branchOf(scope, input.branch);
  const additions = input.fileChanges?.additions ?? [];
  const deletions = input.fileChanges?.deletions ?? [];
  checkPaths(scope, additions, deletions);
  if (ref.sha !== input.expectedHeadOid) {
    const message = `Expected branch to point to "${input.expectedHeadOid}" but it did not. Pull and try again.`;
    throw problem("STALE_DATA", message);
  }
  for (const { path } of deletions) {
    if (objectAt(scope.world, repo, `${ref.sha}:${path}`)?.kind === "Blob") continue;
    const message = `A path was requested for deletion which does not exist as of commit oid \`${ref.sha}\``;
    throw unprocessable(message);
  }
  const head = objectAt(scope.world, repo, ref.sha);
  if (head?.kind !== "Commit") throw unprocessable("The branch does not point to a commit");
  const tree = [
    ...(await Promise.all(
      additions.map(async ({ path, contents }) => ({
        path,
        mode: "100644",
        type: "blob",
        sha: (await call(scope, repo, "POST", "git/blobs", { content: contents, encoding: "base64" })).sha,
      })),
    )),
    ...deletions.map(({ path }) => ({ path, mode: "100644", type: "blob", sha: null })),
  ];
  const saved = await call(scope, repo, "POST", "git/trees", { base_tree: head.row.tree_sha, tree });
  const message = input.message.body
    ? `${input.message.headline}\n\n${input.message.body}`
    : input.message.headline;
  const commit = await call(scope, repo, "POST", "git/commits", {
    message,
    tree: saved.sha,
    parents: [ref.sha],
  });
  await call(scope, repo, "PATCH", `git/${ref.ref}`, { sha: commit.sha });
  const object = objectAt(scope.world, repo, commit.sha);
  return {
    commit: object ? gitObject(scope, repo, object) : null,
    ref: shown(scope, scope.world.rows.refs.get(ref.id) ?? ref),
  };
}

function refFor(scope: Scope, id: string, mutation: string): { repo: Repository; ref: Ref } {
  demand(scope.actor, needs.writeContents, mutation);
  const ref = scope.world.rows.refs.all().find(({ node_id }) => node_id === id);
  const repo = ref && scope.world.rows.repos.get(ref.repo_id);
  if (!repo) throw unresolved(id);
  return { repo: writable(repo), ref };
}

function branchOf(
  scope: Scope,
  { id, repositoryNameWithOwner, branchName }: CommitInput["branch"],
): { repo: Repository; ref: Ref } {
  const { repos, refs } = scope.world.rows;
  if (id != null) return refFor(scope, id, "createCommitOnBranch");
  const repo = repos.all().find((r) => r.full_name.toLowerCase() === repositoryNameWithOwner?.toLowerCase());
  if (!repo)
    throw problem(
      "NOT_FOUND",
      `Could not resolve to a Repository with the name '${repositoryNameWithOwner}'.`,
    );
  const name = `refs/heads/${branchName?.replace(/^refs\/heads\//, "")}`;
  const ref = refs.findBy("repo_id", repo.id).find((r) => r.ref === name);
  if (!ref) throw problem("NOT_FOUND", `No such branch in this repository: ${branchName}`);
  return { repo: writable(repo), ref };
}

function checkPaths(
  scope: Scope,
  additions: readonly { path: string }[],
  deletions: readonly { path: string }[],
): void {
  const paths = [...additions, ...deletions].map(({ path }) => path);
  const bad = paths.find(
    (path) => path === "" || path.split("/").some((part) => ["", ".", "..", ".git"].includes(part)),
  );
  if (bad !== undefined) throw unprocessable(`A path was provided which is not valid: ${bad}`);
  if (new Set(paths).size < paths.length) throw unprocessable("A path was provided more than once");
  const workflow = paths.find((path) => path.startsWith(".github/workflows/"));
  const allowed = scope.actor.permissions
    ? hasPermission(scope.actor, "workflows", "write")
    : hasScope(scope.actor, ["workflow"]);
  if (workflow !== undefined && !allowed) {
    const message = `refusing to allow a Personal Access Token to create or update workflow \`${workflow}\` without \`workflow\` scope`;
    throw problem("FORBIDDEN", message);
  }
}

/** A REST call of `emulate`, which keeps blobs, trees and commits under their real oids. */
async function call(
  scope: Scope,
  repo: Repository,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ sha: string }> {
  const reply = await scope.world.rest(scope.actor.login, method, `/repos/${repo.full_name}/${path}`, body);
  const text = reply.body.toString();
  const value = (text === "" ? {} : JSON.parse(text)) as { sha?: string; message?: string };
  if (reply.status >= 400) throw unprocessable(value.message ?? "The commit could not be made");
  return { sha: value.sha ?? "" };
}
