import type { GitHub } from "../../lib/github/client.ts";

/** The pull request that proposes a release. */
export interface ReleaseRequest {
  readonly owner: string;
  readonly repo: string;
  /** The branch of this command's own, which it is proposed from. */
  readonly branch: string;
  /** Branch that it goes to. */
  readonly base: string;
  /** File of the stack's settings in the repository. */
  readonly path: string;
  /** Its text with the release, from its text on the base. */
  readonly textOf: (text: string) => string;
  readonly title: string;
  readonly body: string;
}

/** A pull request that is open. */
export interface OpenRequest {
  readonly number: number;
  readonly address: string;
}

/**
 * Keeps one open pull request from the branch: one commit on today's base, whose diff is the setting. A newer release
 * replaces the branch's commit, the title and the text.
 *
 * @returns undefined where the base has this release already
 */
export async function keepRequest(github: GitHub, request: ReleaseRequest): Promise<OpenRequest | undefined> {
  const { owner, repo, branch, base, path, title, body } = request;
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
  await moveBranch(github, where, branch, commit.sha);
  const [open] = await github.rest<readonly Pull[]>("GET /repos/{owner}/{repo}/pulls", {
    ...where,
    state: "open",
    head: `${owner}:${branch}`,
    base,
  });
  if (open === undefined) {
    const route = "POST /repos/{owner}/{repo}/pulls";
    return opened(await github.rest<Pull>(route, { ...where, head: branch, base, title, body }));
  }
  await github.rest("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
    ...where,
    pull_number: open.number,
    title,
    body,
  });
  return opened(open);
}

interface Pull {
  readonly number: number;
  readonly html_url: string;
}

function opened({ number, html_url: address }: Pull): OpenRequest {
  return { number, address };
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
