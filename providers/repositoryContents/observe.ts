import { type Connection, listed } from "../../lib/github/paging.ts";
import { type GitHub, GitHubError, LostAnswerError } from "../../lib/github/client.ts";
import type { Contents, ContentsInputs, Entry } from "./model.ts";

interface Tag {
  readonly id: string;
  readonly target?: {
    readonly oid: string;
    /** The object that an annotated tag is on. */
    readonly target?: { readonly oid: string } | null;
  } | null;
}

interface AnsweredTree {
  readonly __typename?: string;
  readonly oid?: string;
  readonly entries?: readonly { readonly name: string; readonly oid: string; readonly mode: number }[] | null;
}

interface Branch {
  readonly id: string;
  readonly name: string;
  readonly target?: {
    readonly oid: string;
    readonly history?: Connection<{ readonly oid: string; readonly message: string }> | null;
    readonly tree?: AnsweredTree | null;
  } | null;
}

interface Repository {
  readonly id: string;
  readonly nameWithOwner: string;
  readonly branch: Branch | null;
  readonly defaultBranch: Branch | null;
  readonly tag: Tag | null;
}

/** The branch is not there, or there is none at all. */
export class NoBranchError extends Error {
  override readonly name = "NoBranchError";
  /** The repository's default branch, when that holds no more than GitHub puts into a new repository. */
  readonly isNew: string | undefined;

  constructor(repository: string, branch: string, defaultBranch: Branch | null) {
    const there = defaultBranch
      ? `got ${defaultBranch.name} as the default branch; set defaultBranch to it, or make ${branch} on GitHub`
      : "found none; push a first commit to it";
    super(`contents of ${repository}: expected the branch ${branch}, ${there}`);
    this.isNew =
      defaultBranch && defaultBranch.name !== branch && isNew(defaultBranch) ? defaultBranch.name : undefined;
  }
}

/** GitHub makes a repository with one commit that holds a README, if with any. */
function isNew({ target }: Branch): boolean {
  const { nodes, hidden } = listed(target?.history);
  const entries = target?.tree?.entries;
  return nodes.length === 1 && hidden === 0 && !!entries && entries.every(({ name }) => name === "README.md");
}

/** Line of the commit message by which a seed is found again when its answer was lost. */
export function trailer(digest: string): string {
  return `Mesh-Six-Template: ${digest}`;
}

/**
 * Reads head, tag and the given paths with one request, however many paths there are.
 *
 * @param earlierCommit - commit of an earlier seed, whose contents are read too
 * @returns undefined when the repository is not there
 * @throws LostAnswerError when a part is missing that must be there: what is hidden is not gone
 */
export async function observe(
  github: GitHub,
  inputs: Pick<ContentsInputs, "repository" | "branch" | "tag" | "digest">,
  paths: readonly string[],
  earlierCommit?: string,
): Promise<Contents | undefined> {
  const { repository, branch, tag, digest } = inputs;
  const [owner, name] = repository.split("/");
  const folders = foldersOf(paths);
  const revisions = { n: branch, ...(earlierCommit === undefined ? {} : { e: earlierCommit }) };
  const asked = Object.entries(revisions).flatMap(([prefix, revision]) =>
    folders.map((folder, i): [string, string] => [`${prefix}${i}`, `${revision}:${folder}`]),
  );
  if (earlierCommit !== undefined) asked.push(["earlier", earlierCommit]);
  const parameters = asked.map(([alias]) => `, $${alias}: String!`).join("");
  const aliases = asked.map(([alias]) => `${alias}: object(expression: $${alias}) { ...Folder }`);
  const found = await repositoryBy(
    github,
    `query ReadContents($owner: String!, $repo: String!, $branch: String!, $tag: String!${parameters}) {
      repository(owner: $owner, name: $repo) {
        id
        nameWithOwner
        branch: ref(qualifiedName: $branch) { ...Branch }
        defaultBranch: defaultBranchRef { ...Branch }
        ${tagWithTarget}
        ${aliases.join("\n        ")}
      }
    }
    fragment Folder on GitObject { __typename oid ... on Tree { entries { name oid mode } } }
    fragment Branch on Ref {
      id
      name
      target {
        oid
        ... on Commit { history(first: 100) { nodes { oid message } } tree { oid entries { name } } }
      }
    }`,
    {
      owner,
      repo: name,
      branch: `refs/heads/${branch}`,
      tag: `refs/tags/${tag}`,
      ...Object.fromEntries(asked),
    },
  );
  if (!found) return undefined;
  if (found.branch === null) throw new NoBranchError(repository, branch, found.defaultBranch);
  const { id: branchId, target } = found.branch;
  const history = listed(target?.history);
  if (!target || !target.tree?.oid) throw incomplete(repository, `the branch ${branch}`);
  // A template may become again what it was once: a seed that is older than the last one is no answer to that.
  const last = history.nodes.findIndex((commit) => commit.oid === earlierCommit);
  const since = last < 0 ? history.nodes : history.nodes.slice(0, last);
  const seed = since.find(({ message }) => message.includes(trailer(digest)))?.oid;
  if (seed === undefined && history.hidden > 0) throw incomplete(repository, "all commits");
  const entries = (prefix: string) =>
    entriesOf(repository, folders, (i) => found[`${prefix}${i}`] as AnsweredTree | null | undefined);
  const now = entries("n");
  // Both null: of a commit that is there, GitHub leaves out neither it nor its files.
  const isHeld = earlierCommit !== undefined && (found["earlier"] !== null || found["e0"] !== null);
  if (isHeld && !found["earlier"]) throw incomplete(repository, "the commit of the seed before");
  return {
    repositoryId: found.id,
    repository: found.nameWithOwner,
    defaultBranch: found.defaultBranch?.name,
    branchId,
    head: target.oid,
    tree: target.tree.oid,
    isNew: isNew(found.branch),
    seed,
    tag: tagOf(repository, found),
    now,
    earlier: isHeld ? entries("e") : undefined,
    filesForFolders: folders.filter((folder) => (now.get(folder)?.mode ?? folderMode) !== folderMode),
  };
}

const folderMode = "40000";

/** The entries of all folders by their paths. A folder that its parent lists must be there. */
function entriesOf(
  repository: string,
  folders: readonly string[],
  treeOf: (index: number) => AnsweredTree | null | undefined,
): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  folders.forEach((folder, i) => {
    const tree = treeOf(i);
    const isThere = folder === "" || entries.get(folder)?.mode === folderMode;
    if (!isThere) return;
    if (!tree?.entries) throw incomplete(repository, `the folder ${folder === "" ? "of all files" : folder}`);
    for (const { name, oid, mode } of tree.entries) {
      entries.set(folder === "" ? name : `${folder}/${name}`, { oid, mode: mode.toString(8) });
    }
  });
  return entries;
}

function incomplete(repository: string, what: string): LostAnswerError {
  return new LostAnswerError({
    said: `contents of ${repository}: expected ${what}, and GitHub's answer leaves it out`,
    remedy: "run the same command again",
  });
}

/**
 * Reads where the tag and the default branch are.
 *
 * @returns undefined when the repository is not there
 */
export async function observeRefs(
  github: GitHub,
  { repository, tag }: Pick<ContentsInputs, "repository" | "tag">,
): Promise<Pick<Contents, "tag" | "defaultBranch" | "repository"> | undefined> {
  const [owner, name] = repository.split("/");
  const found = await repositoryBy(
    github,
    `query ReadTag($owner: String!, $repo: String!, $tag: String!) {
      repository(owner: $owner, name: $repo) {
        id
        nameWithOwner
        defaultBranch: defaultBranchRef { name }
        ${tagWithTarget}
      }
    }`,
    { owner, repo: name, tag: `refs/tags/${tag}` },
  );
  return (
    found && {
      repository: found.nameWithOwner,
      tag: tagOf(repository, found),
      defaultBranch: found.defaultBranch?.name,
    }
  );
}

const tagWithTarget = "tag: ref(qualifiedName: $tag) { id target { oid ... on Tag { target { oid } } } }";

function tagOf(repository: string, { tag }: Pick<Repository, "tag">): Contents["tag"] {
  if (!tag) return undefined;
  if (!tag.target) throw incomplete(repository, "what the tag is on");
  return { id: tag.id, commit: tag.target.target?.oid ?? tag.target.oid };
}

type Found = Repository & Readonly<Record<string, unknown>>;

/** @returns undefined when the repository is not there */
async function repositoryBy(
  github: GitHub,
  document: string,
  variables: Record<string, unknown>,
): Promise<Found | undefined> {
  try {
    const { repository } = await github.query<{ repository?: Found | null }>(document, variables);
    if (repository) return repository;
    throw incomplete(`${String(variables["owner"])}/${String(variables["repo"])}`, "the repository");
  } catch (error) {
    // GitHub answers for a repository that is gone with an error, not with null.
    if (error instanceof GitHubError && /could not resolve to a repository/i.test(error.message))
      return undefined;
    throw error;
  }
}

/** The folder of all files, as "", and every folder that a path leads through; a folder comes before those in it. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  });
  return ["", ...[...new Set(folders)].sort()];
}
