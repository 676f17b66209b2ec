import { GraphqlResponseError } from "@octokit/graphql";
import { certificateProblem } from "../network/certificates.ts";
import { ProxyError } from "../network/fetch.ts";
import { inOneLine } from "../text/inOneLine.ts";
import { type Problem, ProblemError } from "../text/problem.ts";
import { refusalRemedy } from "./refusals.ts";

/** GitHub refused a request, or could not be asked. The text names the request and the remedy, never a header. */
export class GitHubError extends ProblemError {
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

function graphqlMessages(error: GraphqlResponseError<unknown>, steps: Steps = {}): string {
  const each = (error.errors ?? []).map(({ message, path = [] as readonly unknown[] }) => {
    const [step, ...below] = path.map(String);
    return step === undefined ? message : `${message} (at ${[steps[step] ?? step, ...below].join(".")})`;
  });
  return [...new Set(each)].join("; ") || "an error without words";
}

/**
 * The reason why no request can get to GitHub however often it is sent, and the remedy; undefined for other errors.
 */
export function blocked(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ProxyError) return error.problem;
  return certificateProblem(error) ?? blocked(error.cause);
}

/** The names of a document's mutations in a message, by their aliases. */
export type Steps = Readonly<Record<string, string>>;

interface Wording {
  readonly steps?: Steps;
  /** The way to set another token; left out for the stack's settings. */
  readonly setToken?: string | undefined;
}

/** GitHub's words, and the remedy where one is known; each in one line. */
export function problemOf(error: unknown, wording: Wording): Problem {
  const { said, remedy } = problemInLines(error, wording);
  return { said: inOneLine(said), remedy };
}

function problemInLines(error: unknown, { steps, setToken }: Wording): Problem {
  const { status, message, headers } = answerOf(error);
  if (error instanceof UnreadableAnswerError)
    return { said: `expected data from GitHub, got ${message}`, remedy: "" };
  if (status === 0) {
    const none = "expected an answer from GitHub, got none";
    const reason = blocked(error);
    if (reason !== undefined) return { said: `${none}: ${reason.said}`, remedy: reason.remedy };
    return { said: `${none} (${message})`, remedy: `check githubBaseUrl and the network${unproxied()}` };
  }
  const graphql = error instanceof GraphqlResponseError ? error : undefined;
  const types = (graphql?.errors ?? []).flatMap(({ type }) => (type ? [type] : []));
  const said = graphql
    ? `GitHub refused it${types.length > 0 ? ` (${[...new Set(types)].join(", ")})` : ""}: ${graphqlMessages(graphql, steps)}`
    : `GitHub answered ${status}: ${inShort(message)}`;
  const remedy = refusalRemedy({ status: graphql ? undefined : status, types, message, headers }, setToken);
  return { said, remedy: remedy ?? "" };
}

/** The title of a page, which proxies and GitHub itself answer when they fail; a line at most of any other text. */
function inShort(text: string): string {
  if (!/^\s*<(?:!doctype|html)\b/i.test(text))
    return text.length > longest ? `${text.slice(0, longest)}…` : text;
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim();
  return `a page${title === undefined ? "" : ` with the title ${JSON.stringify(title)}`}`;
}

/** If the network allows no direct connections, the variable that names the way out is missing. */
function unproxied(): string {
  const isSet = ["HTTPS_PROXY", "https_proxy"].some((name) => process.env[name]);
  return isSet ? "" : ", and set HTTPS_PROXY where a proxy is the only way out";
}
