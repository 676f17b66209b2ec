import { GraphqlResponseError } from "@octokit/graphql";
import { certificateProblem } from "../network/certificates.ts";
import { ProxyError } from "../network/fetch.ts";
import { refusalRemedy } from "./refusals.ts";

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

/** Characters of an answer that a message repeats. */
const longest = 500;

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly headers: Record<string, string | number | undefined>;
}

/** GitHub's answer in an error; status 0 when nothing came back. */
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

/** The status with which GitHub refused the request: 0 when nothing came back, undefined for what is no refusal of its. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof GitHubError ? answerOf(error.cause).status : undefined;
}

/**
 * @param missing - the statuses that say so
 * @returns undefined where GitHub says that it is not there, or hides it
 */
export async function unlessMissing<T>(
  answer: Promise<T>,
  missing: readonly number[] = [404],
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (missing.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

function graphqlMessages(error: GraphqlResponseError<unknown>): string {
  const each = (error.errors ?? []).map(({ message, path }) =>
    path?.length ? `${message} (at ${path.join(".")})` : message,
  );
  return [...new Set(each)].join("; ") || "an error without words";
}

/**
 * The reason why no request can get to GitHub however often it is sent, and the remedy; undefined for other errors.
 */
export function blocked(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ProxyError) return error.message;
  return certificateProblem(error) ?? blocked(error.cause);
}

/**
 * One line: what GitHub said, and what to do about it where that is known.
 *
 * @param setToken - where a person sets another token; left out for the stack's settings
 */
export function describe(error: unknown, setToken?: string): string {
  return describeAll(error, setToken).replaceAll(/\s*\n\s*/g, " ");
}

function describeAll(error: unknown, setToken: string | undefined): string {
  const { status, message, headers } = answerOf(error);
  if (error instanceof UnreadableAnswerError) return `expected data from GitHub, got ${message}`;
  if (status === 0) {
    const reason = blocked(error);
    if (reason !== undefined) return `expected an answer from GitHub, got none: ${reason}`;
    return `expected an answer from GitHub, got none (${message}); check githubBaseUrl and the network${unproxied()}`;
  }
  const graphql = error instanceof GraphqlResponseError ? error : undefined;
  const types = (graphql?.errors ?? []).flatMap(({ type }) => (type ? [type] : []));
  const said = graphql
    ? `GitHub refused it${types.length > 0 ? ` (${[...new Set(types)].join(", ")})` : ""}: ${message}`
    : `GitHub answered ${status}: ${inShort(message)}`;
  const remedy = refusalRemedy({ status: graphql ? undefined : status, types, message, headers }, setToken);
  return remedy === undefined ? said : `${said}; ${remedy}`;
}

/** Of a page its title, which proxies and GitHub itself answer when they fail; of any other text no more than a line. */
function inShort(text: string): string {
  if (!/^\s*<(?:!doctype|html)\b/i.test(text))
    return text.length > longest ? `${text.slice(0, longest)}…` : text;
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim();
  return `a page${title === undefined ? "" : ` with the title ${JSON.stringify(title)}`}`;
}

/** Where direct connections are not allowed, the variable is missing that names the way out. */
function unproxied(): string {
  const isSet = ["HTTPS_PROXY", "https_proxy"].some((name) => process.env[name]);
  return isSet ? "" : ", and set HTTPS_PROXY where a proxy is the only way out";
}
