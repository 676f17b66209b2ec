import { GraphqlResponseError } from "@octokit/graphql";

/** GitHub refused a request, or could not be asked. The text names the request and the remedy, never a header. */
export class GitHubError extends Error {
  override readonly name: string = "GitHubError";
}

/** A write was sent and its answer is missing or incomplete: it may have been done, wholly or in part. */
export class LostAnswerError extends GitHubError {
  override readonly name = "LostAnswerError";
}

/** GitHub's answer cannot be read: a page of HTML, JSON that is cut off, or no data where there must be some. */
export class UnreadableAnswerError extends Error {
  override readonly name = "UnreadableAnswerError";
}

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly headers: Record<string, string | number | undefined>;
}

/** What GitHub answered; status 0 when nothing came back. */
export function answerOf(error: unknown): Answer {
  if (error instanceof GraphqlResponseError) {
    return { status: 200, message: graphqlMessages(error), headers: error.headers };
  }
  if (error instanceof Error && "status" in error) {
    const response = "response" in error ? (error.response as Partial<Answer> | undefined) : undefined;
    return {
      status: response ? Number(error.status) : 0,
      message: error.message,
      headers: response?.headers ?? {},
    };
  }
  return { status: 0, message: error instanceof Error ? error.message : String(error), headers: {} };
}

function graphqlMessages(error: GraphqlResponseError<unknown>): string {
  const each = (error.errors ?? []).map(({ message, path }) =>
    path?.length ? `${message} (at ${path.join(".")})` : message,
  );
  return each.join("; ");
}

/** One line: what GitHub said, and what to do about it where that is known. */
export function describe(error: unknown): string {
  const { status, message, headers } = answerOf(error);
  if (error instanceof UnreadableAnswerError) return `expected data from GitHub, got ${message}`;
  if (status === 0) {
    return `expected an answer from GitHub, got none (${message}); check githubBaseUrl and the network`;
  }
  const said = `GitHub answered ${status}: ${message}`;
  if (status === 401) return `${said}; set a valid token: pulumi config set --secret mesh-six:githubToken`;
  const accepted = headers["x-accepted-github-permissions"] ?? headers["x-accepted-oauth-scopes"];
  const denied =
    status === 403 || status === 404 || /not accessible by|INSUFFICIENT_SCOPES|scopes?\b/i.test(message);
  if (denied && accepted) return `${said}; the token needs ${accepted}`;
  return said;
}
