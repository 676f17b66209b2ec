import { isUtf8 } from "node:buffer";
import { type GitHub, LostAnswerError } from "../../lib/github/client.ts";
import type { Contents, ContentsInputs } from "./model.ts";
import type { TemplateFile } from "./template.ts";

const commitOnBranch = `
  mutation SeedRepository($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid } }
  }`;

/** The message of a commit. */
export interface Message {
  readonly headline: string;
  readonly body: string;
}

/**
 * Commits files on the branch, if its head is still where it was.
 *
 * Ordinary files take one request. That request makes every file an ordinary one. So executable files and symbolic
 * links go by the git data API, which takes three requests and one for each file that is no text.
 *
 * @returns the commit
 */
export function commit(
  github: GitHub,
  inputs: Pick<ContentsInputs, "branch">,
  contents: Contents,
  files: readonly TemplateFile[],
  message: Message,
): Promise<string> {
  return files.every(({ mode }) => mode === "100644")
    ? commitOrdinary(github, contents, files, message)
    : commitWithModes(github, inputs, contents, files, message);
}

async function commitOrdinary(
  github: GitHub,
  { branchId, head, repository }: Contents,
  files: readonly TemplateFile[],
  message: Message,
): Promise<string> {
  const input = {
    branch: { id: branchId },
    expectedHeadOid: head,
    message,
    fileChanges: {
      additions: files.map(({ path, content }) => ({ path, contents: content.toString("base64") })),
    },
  };
  const answer = await github.mutate<{
    createCommitOnBranch?: { commit?: { oid: string } | null } | null;
  }>(commitOnBranch, { input }, { repository });
  return known(answer.createCommitOnBranch?.commit?.oid, repository);
}

async function commitWithModes(
  github: GitHub,
  { branch }: Pick<ContentsInputs, "branch">,
  { repository, head, tree: base_tree }: Contents,
  files: readonly TemplateFile[],
  { headline, body }: Message,
): Promise<string> {
  const [owner, repo] = repository.split("/");
  const post = async (what: string, body: Record<string, unknown>) => {
    const made = await github.rest<{ sha?: string }>(`POST /repos/{owner}/{repo}/git/${what}`, {
      owner,
      repo,
      ...body,
    });
    return known(made.sha, repository);
  };
  const entries: Record<string, unknown>[] = [];
  for (const { path, mode, content } of files) {
    const isText = isUtf8(content);
    const text = isText
      ? { content: content.toString("utf8") }
      : { sha: await post("blobs", { content: content.toString("base64"), encoding: "base64" }) };
    entries.push({ path, mode, type: "blob", ...text });
  }
  const tree = await post("trees", { base_tree, tree: entries });
  const made = await post("commits", { message: `${headline}\n\n${body}`, tree, parents: [head] });
  await github.rest("PATCH /repos/{owner}/{repo}/git/refs/{+ref}", {
    owner,
    repo,
    ref: `heads/${branch}`,
    sha: made,
    force: false,
  });
  return made;
}

function known(oid: string | undefined, repository: string): string {
  if (oid !== undefined) return oid;
  throw new LostAnswerError({
    said: `contents of ${repository}: GitHub answered without the commit`,
    remedy: "run the same command again",
  });
}
