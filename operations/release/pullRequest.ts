import type { GitHub } from "../../lib/github/client.ts";

/** The pull request that proposes a release. */
export interface ReleaseRequest {
  readonly owner: string;
  readonly repo: string;
  /** Branch that it goes to. */
  readonly base: string;
  /** File of the stack's settings in the repository. */
  readonly path: string;
  /** Its text with the release, from its text on the base. */
  readonly textOf: (text: string) => string;
  readonly title: string;
  readonly body: string;
}

/** The branch on which every release is proposed, one at a time. */
const branch = (stack: string) => `release-${stack.replaceAll(/[^\w.-]/g, "-")}`;

/**
 * Keeps one open pull request for the stack's next release: a branch of one commit on today's base, whose diff is the
 * setting. A newer release replaces the branch's commit, the title and the text.
 *
 * @returns address of the pull request; undefined where the base has this release already
 */
export async function keepRequest(
  github: GitHub,
  stack: string,
  request: ReleaseRequest,
): Promise<string | undefined> {
  const { owner, repo, base, path, title, body } = request;
  const where = { owner, repo };
  const head = await github.rest<{ object: { sha: string } }>("GET /repos/{owner}/{repo}/git/ref/{ref}", {
    ...where,
    ref: `heads/${base}`,
  });
  const parent = head.object.sha;
  const old = await github.rest<{ content: string }>("GET /repos/{owner}/{repo}/contents/{path}", {
    ...where,
    path,
    ref: parent,
  });
  const before = Buffer.from(old.content, "base64").toString("utf8");
  const text = request.textOf(before);
  if (text === before) return undefined;
  const { tree } = await github.rest<{ tree: { sha: string } }>(
    "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
    { ...where, commit_sha: parent },
  );
  const made = await github.rest<{ sha: string }>("POST /repos/{owner}/{repo}/git/trees", {
    ...where,
    base_tree: tree.sha,
    tree: [{ path, mode: "100644", type: "blob", content: text }],
  });
  const commit = await github.rest<{ sha: string }>("POST /repos/{owner}/{repo}/git/commits", {
    ...where,
    message: title,
    tree: made.sha,
    parents: [parent],
  });
  const name = branch(stack);
  await moveBranch(github, where, name, commit.sha);
  const [open] = await github.rest<readonly { number: number; html_url: string }[]>(
    "GET /repos/{owner}/{repo}/pulls",
    { ...where, state: "open", head: `${owner}:${name}`, base },
  );
  if (open === undefined) {
    const opened = await github.rest<{ html_url: string }>("POST /repos/{owner}/{repo}/pulls", {
      ...where,
      head: name,
      base,
      title,
      body,
    });
    return opened.html_url;
  }
  await github.rest("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
    ...where,
    pull_number: open.number,
    title,
    body,
  });
  return open.html_url;
}

async function moveBranch(
  github: GitHub,
  where: { owner: string; repo: string },
  name: string,
  sha: string,
): Promise<void> {
  const refs = await github.rest<readonly { ref: string }[]>(
    "GET /repos/{owner}/{repo}/git/matching-refs/{ref}",
    { ...where, ref: `heads/${name}` },
  );
  if (!refs.some(({ ref }) => ref === `refs/heads/${name}`)) {
    await github.rest("POST /repos/{owner}/{repo}/git/refs", { ...where, ref: `refs/heads/${name}`, sha });
    return;
  }
  await github.rest("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
    ...where,
    ref: `heads/${name}`,
    sha,
    // The branch is this command's own: each release is one commit on today's base.
    force: true,
  });
}
