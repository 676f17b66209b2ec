import type { ContentsInputs } from "../../../providers/repositoryContents/model.ts";
import type { GitHubRoute, TestGitHub } from "./testGitHub.ts";
import { templateDigest } from "../../../providers/repositoryContents/template.ts";

/** Inputs for seeding a repository with the bookmarks manager. */
export function contentsInputs(
  github: TestGitHub,
  repository: string,
  change: Partial<ContentsInputs> = {},
): ContentsInputs {
  const template = "templates/gwa-test-app";
  github.use();
  return {
    repository,
    branch: "main",
    template,
    digest: templateDigest(template),
    tag: "baseline",
    ...change,
  };
}

/** A repository as REST shows it: paths at its head, commits newest first, and where the tag is. */
export async function contentsSeen(github: GitHubRoute, repository: string) {
  const commits = await github.rest<readonly { sha: string }[]>("GET", `/repos/${repository}/commits`);
  const { tree } = await github.rest<{ tree: readonly { path: string; type: string; sha: string }[] }>(
    "GET",
    `/repos/${repository}/git/trees/main?recursive=1`,
  );
  const refs = await github.rest<readonly { ref: string; object: { sha: string } }[]>(
    "GET",
    `/repos/${repository}/git/matching-refs/tags/baseline`,
  );
  return {
    commits: commits.map(({ sha }) => sha),
    files: new Map(tree.filter(({ type }) => type === "blob").map(({ path, sha }) => [path, sha])),
    tag: refs.find(({ ref }) => ref === "refs/tags/baseline")?.object.sha,
  };
}
