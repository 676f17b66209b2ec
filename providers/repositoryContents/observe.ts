import { type GitHub, GitHubError } from "../../lib/github/client.ts";
import type { Contents, ContentsInputs } from "./model.ts";

interface Target {
  readonly oid: string;
  /** Of an annotated tag: what it is on. */
  readonly target?: { readonly oid: string };
}

interface Branch {
  readonly name: string;
  readonly target: {
    readonly oid: string;
    readonly history: { readonly nodes: readonly { readonly oid: string; readonly message: string }[] };
    readonly tree: { readonly entries: readonly { readonly name: string }[] };
  };
}

interface Repository {
  readonly id: string;
  readonly branch: Branch | null;
  readonly defaultBranch: Branch | null;
  readonly tag: { readonly id: string; readonly target: Target } | null;
}

interface GitObject {
  readonly __typename: string;
  readonly oid: string;
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
    this.isNew = defaultBranch && isNew(defaultBranch) ? defaultBranch.name : undefined;
  }
}

/** GitHub makes a repository with one commit that holds a README, if with any. */
function isNew({ target: { history, tree } }: Branch): boolean {
  return history.nodes.length === 1 && tree.entries.every(({ name }) => name === "README.md");
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
  const aliases: string[] = [];
  const variables: Record<string, string> = {};
  for (const [prefix, revision] of [
    ["n", branch],
    ["f", branch],
    ["e", earlierCommit],
  ] as const) {
    if (revision === undefined) continue;
    const asked = prefix === "f" ? folders : paths;
    asked.forEach((path, i) => {
      aliases.push(`${prefix}${i}: object(expression: $${prefix}${i}) { __typename oid }`);
      variables[`${prefix}${i}`] = `${revision}:${path}`;
    });
  }
  const parameters = Object.keys(variables).map((variable) => `, $${variable}: String!`);
  const found = await repositoryBy(
    github,
    `query ReadContents($owner: String!, $repo: String!, $branch: String!, $tag: String!${parameters.join("")}) {
      repository(owner: $owner, name: $repo) {
        id
        branch: ref(qualifiedName: $branch) { ...Branch }
        defaultBranch: defaultBranchRef { ...Branch }
        ${tagWithTarget}
        ${aliases.join("\n        ")}
      }
    }
    fragment Branch on Ref {
      name
      target {
        oid
        ... on Commit { history(first: 100) { nodes { oid message } } tree { entries { name } } }
      }
    }`,
    { owner, repo: name, branch: `refs/heads/${branch}`, tag: `refs/tags/${tag}`, ...variables },
  );
  if (!found) return undefined;
  if (found.branch === null) throw new NoBranchError(repository, branch, found.defaultBranch);
  const { oid, history } = found.branch.target;
  // A template may become again what it was once: a seed that is older than the last one is no answer to that.
  const last = history.nodes.findIndex((commit) => commit.oid === earlierCommit);
  const since = last < 0 ? history.nodes : history.nodes.slice(0, last);
  const oids = (prefix: string) =>
    new Map(
      paths.flatMap((path, i) => {
        const object = found[`${prefix}${i}`];
        return object ? [[path, object.oid] as const] : [];
      }),
    );
  return {
    repositoryId: found.id,
    head: oid,
    isNew: isNew(found.branch),
    seed: since.find(({ message }) => message.includes(trailer(digest)))?.oid,
    tag: tagOf(found),
    now: oids("n"),
    earlier: oids("e"),
    filesForFolders: folders.filter((_, i) => (found[`f${i}`]?.__typename ?? "Tree") !== "Tree"),
  };
}

/**
 * Reads the tag alone.
 *
 * @returns undefined when the repository is not there
 */
export async function observeTag(
  github: GitHub,
  { repository, tag }: Pick<ContentsInputs, "repository" | "tag">,
): Promise<Pick<Contents, "tag"> | undefined> {
  const [owner, name] = repository.split("/");
  const found = await repositoryBy(
    github,
    `query ReadTag($owner: String!, $repo: String!, $tag: String!) {
      repository(owner: $owner, name: $repo) { ${tagWithTarget} }
    }`,
    { owner, repo: name, tag: `refs/tags/${tag}` },
  );
  return found && { tag: tagOf(found) };
}

const tagWithTarget = "tag: ref(qualifiedName: $tag) { id target { oid ... on Tag { target { oid } } } }";

function tagOf({ tag }: Pick<Repository, "tag">): Contents["tag"] {
  return tag ? { id: tag.id, commit: tag.target.target?.oid ?? tag.target.oid } : undefined;
}

type Found = Repository & Readonly<Record<string, GitObject | null>>;

/** @returns undefined when the repository is not there */
async function repositoryBy(
  github: GitHub,
  document: string,
  variables: Record<string, unknown>,
): Promise<Found | undefined> {
  try {
    return (await github.query<{ repository: Found | null }>(document, variables)).repository ?? undefined;
  } catch (error) {
    // GitHub answers for a repository that is gone with an error, not with null.
    if (error instanceof GitHubError && /could not resolve to a repository/i.test(error.message))
      return undefined;
    throw error;
  }
}

/** Every folder that a path leads through. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  });
  return [...new Set(folders)];
}
