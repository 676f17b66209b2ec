import type { GitHub } from "../github.ts";
import type { Contents, ContentsInputs } from "./model.ts";

interface Target {
  readonly oid: string;
  /** Of an annotated tag: what it is on. */
  readonly target?: { readonly oid: string };
}

interface Repository {
  readonly id: string;
  readonly branch: {
    readonly target: {
      readonly oid: string;
      readonly history: { readonly nodes: readonly { readonly oid: string; readonly message: string }[] };
    };
  } | null;
  readonly tag: { readonly id: string; readonly target: Target } | null;
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
  const aliases: string[] = [];
  const variables: Record<string, string> = {};
  for (const [prefix, revision] of [
    ["n", branch],
    ["e", earlierCommit],
  ] as const) {
    if (revision === undefined) continue;
    paths.forEach((path, i) => {
      aliases.push(`${prefix}${i}: object(expression: $${prefix}${i}) { oid }`);
      variables[`${prefix}${i}`] = `${revision}:${path}`;
    });
  }
  const parameters = Object.keys(variables).map((variable) => `, $${variable}: String!`);
  const answer = await github.query<{
    repository: (Repository & Record<string, { oid: string } | null>) | null;
  }>(
    `query ReadContents($owner: String!, $repo: String!, $branch: String!, $tag: String!${parameters.join("")}) {
      repository(owner: $owner, name: $repo) {
        id
        branch: ref(qualifiedName: $branch) {
          target { oid ... on Commit { history(first: 100) { nodes { oid message } } } }
        }
        tag: ref(qualifiedName: $tag) { id target { oid ... on Tag { target { oid } } } }
        ${aliases.join("\n        ")}
      }
    }`,
    { owner, repo: name, branch: `refs/heads/${branch}`, tag: `refs/tags/${tag}`, ...variables },
  );
  const found = answer.repository;
  if (found === null) return undefined;
  if (found.branch === null) {
    throw new Error(
      `contents of ${repository}: expected the branch ${branch}, found none; name the one that is there (defaultBranch), or push a first commit to it`,
    );
  }
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
    isFirst: history.nodes.length === 1,
    seed: since.find(({ message }) => message.includes(trailer(digest)))?.oid,
    tag: found.tag
      ? { id: found.tag.id, commit: found.tag.target.target?.oid ?? found.tag.target.oid }
      : undefined,
    now: oids("n"),
    earlier: oids("e"),
  };
}
