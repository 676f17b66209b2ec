import process from "node:process";
import { GitHub } from "../../lib/github/client.ts";

/** An issue or pull request. */
export interface Thread {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

interface Text {
  readonly id: number;
  readonly number?: number;
  readonly body?: string | null;
  readonly html_url: string;
  readonly user?: { readonly login: string } | null;
  readonly pull_request?: unknown;
}

/** GitHub as a job of GitHub Actions reaches it: GITHUB_TOKEN, GITHUB_API_URL. */
export function githubOfJob(): GitHub {
  const token = process.env["GITHUB_TOKEN"];
  if (!token) {
    throw new Error(
      "GITHUB_TOKEN: expected a token that may write issues and pull requests, got none; set it",
    );
  }
  return new GitHub({ baseUrl: process.env["GITHUB_API_URL"] ?? "", token, setToken: "in GITHUB_TOKEN" });
}

/** `owner/repo` or `owner/repo#12`. */
export function parseThread(text: string): { owner: string; repo: string; number: number | undefined } {
  const [, owner, repo, number] = /^([\w.-]+)\/([\w.-]+?)(?:#(\d+))?$/.exec(text) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new Error(`expected owner/repository or owner/repository#number, got ${JSON.stringify(text)}`);
  }
  return { owner, repo, number: number === undefined ? undefined : Number(number) };
}

/** The first line of a text of ours, by which it is found again; it does not show. */
export function marker(purpose: string, stack: string): string {
  return `<!-- mesh-six-infra: ${purpose} of ${stack.replaceAll(/[^\w.-]/g, "?")} -->`;
}

/**
 * Leaves one comment with this marker on the thread: edits the one that is there, else writes it.
 *
 * @param author - login whose comments count; a marker in anybody else's is no sign of ours
 * @returns address of the comment
 */
export async function keepComment(
  github: GitHub,
  thread: Thread,
  mark: string,
  body: string,
  author?: string,
): Promise<string> {
  const { owner, repo, number } = thread;
  const found = await first(
    github,
    "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    { owner, repo, issue_number: number },
    mark,
    author,
  );
  if (found === undefined) {
    const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    return (await github.rest<Text>(route, { owner, repo, issue_number: number, body })).html_url;
  }
  if (found.body !== body) {
    await github.rest("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
      owner,
      repo,
      comment_id: found.id,
      body,
    });
  }
  return found.html_url;
}

/**
 * Leaves one open issue with this marker, or none: opens or edits it while there is something to say, and closes it
 * when there is no more.
 *
 * @param issue - title and body; undefined when all is well
 * @returns address of the issue, if there is or was one
 */
export async function keepIssue(
  github: GitHub,
  where: Pick<Thread, "owner" | "repo">,
  mark: string,
  issue: { readonly title: string; readonly body: string } | undefined,
  author?: string,
): Promise<string | undefined> {
  const { owner, repo } = where;
  const found = await first(
    github,
    "GET /repos/{owner}/{repo}/issues",
    { owner, repo, state: "open", sort: "created", direction: "asc" },
    mark,
    author,
  );
  if (issue === undefined) {
    if (found === undefined) return undefined;
    await github.rest("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
      owner,
      repo,
      issue_number: found.number,
      state: "closed",
      state_reason: "completed",
    });
    return found.html_url;
  }
  if (found === undefined) {
    return (await github.rest<Text>("POST /repos/{owner}/{repo}/issues", { owner, repo, ...issue })).html_url;
  }
  if (found.body !== issue.body) {
    await github.rest("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
      owner,
      repo,
      issue_number: found.number,
      ...issue,
    });
  }
  return found.html_url;
}

/** The first text of a list that begins with the marker, page by page. */
async function first(
  github: GitHub,
  route: string,
  parameters: Record<string, unknown>,
  mark: string,
  author: string | undefined,
): Promise<Text | undefined> {
  for (let page = 1; ; page += 1) {
    const texts = await github.rest<readonly Text[]>(route, { ...parameters, per_page: 100, page });
    const found = texts.find(
      ({ body, user, pull_request }) =>
        body?.startsWith(mark) &&
        pull_request === undefined &&
        (author === undefined || user?.login === author),
    );
    if (found !== undefined || texts.length < 100) return found;
  }
}
