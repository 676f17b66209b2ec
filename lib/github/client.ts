import type * as pulumi from "@pulumi/pulumi";
import { graphql as octokitGraphql } from "@octokit/graphql";
import { request as octokitRequest } from "@octokit/request";
import { cancelled } from "../pulumi/cancellation.ts";
import { fetchOutside } from "../network/fetch.ts";
import { githubAddresses } from "./addresses.ts";
import { GitHubError, LostAnswerError, problemOf, type Steps, UnreadableAnswerError } from "./errors.ts";
import { verdict } from "./limits.ts";
import { named } from "./named.ts";
import { pause, waitForLimit } from "./waiting.ts";

export { GitHubError, LostAnswerError } from "./errors.ts";

/** GitHub's address and token, and the limits of waiting for it. */
export interface GitHubAccess {
  /** As people name it, in any of the ways of `githubAddresses`; "" for github.com. */
  readonly baseUrl: string;
  readonly token: string;
  /** Wait after a secondary limit without retry-after, and the first pause after a server error, in seconds. @default 60 */
  readonly backoffSeconds?: number;
  /** Longest wait for a limit to pass, in seconds; longer ones fail at once and name the time. @default 900 */
  readonly patienceSeconds?: number;
  /** The way to set another token, for the remedy of a refusal; left out for the stack's settings. */
  readonly setToken?: string;
  /** Name of the client in GitHub's logs. @default mesh-six-infra */
  readonly userAgent?: string;
}

/** Names for a message about a mutation, beside those in its variables. */
interface About {
  /** The repository it is about, where the variables name it by its id alone. */
  readonly repository?: string;
  readonly steps?: Steps;
}

interface Request {
  /** As a message calls it. */
  readonly what: string;
  readonly repeatable: boolean;
  readonly steps?: Steps | undefined;
}

const noData = "an answer without data";

/** The number of attempts in all while GitHub answers with limits or its own errors. */
const attempts = 5;

/**
 * Asks GitHub, and understands its refusals: waits as it says when a limit is reached, repeats what is safe to
 * repeat, and says which permission is missing. Writes are sent one after the other, and at least a second
 * apart once GitHub has shown a limit.
 */
export class GitHub {
  readonly #access: Required<Omit<GitHubAccess, "setToken">> & Pick<GitHubAccess, "setToken">;
  readonly #base: string;
  readonly #headers: Record<string, string>;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #pressed = false;

  constructor(access: GitHubAccess) {
    this.#access = { backoffSeconds: 60, patienceSeconds: 900, userAgent: "mesh-six-infra", ...access };
    this.#base = githubAddresses(access.baseUrl).api;
    this.#headers = { authorization: `bearer ${access.token}`, "user-agent": this.#access.userAgent };
  }

  /** A GraphQL query; repeated whenever that can help. */
  query<T>(document: string, variables: Record<string, unknown> = {}): Promise<T> {
    const what = named(document, variables);
    return this.#send({ what, repeatable: true }, () => this.#graphql<T>(document, variables));
  }

  /**
   * A GraphQL mutation; repeated only when GitHub has certainly done nothing.
   *
   * @param about - names for a message, beside those in the variables
   * @throws LostAnswerError when some or all of it may have been done: read back before going on
   */
  mutate<T>(
    document: string,
    variables: Record<string, unknown> = {},
    { repository, steps }: About = {},
  ): Promise<T> {
    const what = named(document, repository === undefined ? variables : { repository });
    return this.#send({ what, repeatable: false, steps }, () => this.#graphql<T>(document, variables));
  }

  /**
   * A REST request by route, as in `GET /orgs/{org}/hooks`; a GET is repeated whenever that can help.
   *
   * @throws LostAnswerError when a write may have been done: read back before going on
   */
  async rest<T>(route: string, parameters: Record<string, unknown> = {}): Promise<T> {
    return (await this.answer<T>(route, parameters)).data;
  }

  /** The same with the answer's headers, by their names in lower case. */
  answer<T>(
    route: string,
    parameters: Record<string, unknown> = {},
  ): Promise<{ readonly data: T; readonly headers: Readonly<Record<string, unknown>> }> {
    const send = async () => {
      const answer = await octokitRequest(route, {
        ...parameters,
        baseUrl: this.#base,
        headers: this.#headers,
        request: { fetch: fetchOutside },
      });
      readable(answer.status, answer.data);
      return { data: answer.data as T, headers: answer.headers };
    };
    return this.#send({ what: named(route, parameters), repeatable: route.startsWith("GET ") }, send);
  }

  async #graphql<T>(document: string, variables: Record<string, unknown>): Promise<T> {
    const options = {
      ...variables,
      baseUrl: this.#base,
      headers: this.#headers,
      request: { fetch: fetchOutside },
    };
    const data = await octokitGraphql<T | null | undefined>(document, options).catch((error: unknown) => {
      // octokit itself stumbles over an answer that is not of GraphQL's form.
      throw error instanceof TypeError ? new UnreadableAnswerError(noData, { cause: error }) : error;
    });
    if (typeof data === "object" && data !== null) return data;
    throw new UnreadableAnswerError(noData);
  }

  #write<T>(send: () => Promise<T>): Promise<T> {
    const mine = this.#lastWrite.then(async () => {
      if (this.#pressed) await pause(Math.min(1, this.#access.backoffSeconds));
      return send();
    });
    this.#lastWrite = mine.catch(() => undefined);
    return mine;
  }

  async #send<T>({ what, repeatable, steps = {} }: Request, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // Each attempt of a write takes its turn: while one waits for a limit, others go on.
        return await (repeatable ? send() : this.#write(send));
      } catch (error) {
        const judged = verdict(error, !repeatable, attempt, this.#access.backoffSeconds);
        this.#pressed ||= judged.limited;
        const problem = problemOf(error, { steps, setToken: this.#access.setToken });
        const said = `${what}: ${problem.said}`;
        const remedy = (last: string) => (problem.remedy === "" ? last : `${problem.remedy}; ${last}`);
        if (judged.kind === "refused")
          throw new GitHubError({ said, remedy: problem.remedy }, { cause: error });
        if (judged.kind === "unknown" && !repeatable) {
          // The next read must wait until the limit allows it.
          if (judged.limited && judged.waitSeconds <= this.#access.patienceSeconds) {
            await waitForLimit(what, judged.waitSeconds);
          }
          const unknown = "whether it was done is unknown: run the same command again";
          throw new LostAnswerError({ said, remedy: remedy(unknown) }, { cause: error });
        }
        if (attempt === attempts) {
          const later = `gave up after ${attempts} attempts, try again later`;
          throw new GitHubError({ said, remedy: remedy(later) }, { cause: error });
        }
        if (judged.waitSeconds > this.#access.patienceSeconds) {
          const minutes = Math.ceil(judged.waitSeconds / 60);
          const wait = `GitHub asks to wait ${minutes} minutes: run the same command again then`;
          throw new GitHubError({ said, remedy: remedy(wait) }, { cause: error });
        }
        await (judged.limited ? waitForLimit(what, judged.waitSeconds) : pause(judged.waitSeconds));
      }
    }
  }
}

const clients = new Map<string, GitHub>();
let configured: GitHub | undefined;

/**
 * Takes the address and the token from the stack's settings, which Pulumi hands to each provider before anything
 * else. In the resources' inputs they would lie in the state twice for each resource, and a new token would
 * change every one of them.
 */
export function configure({ config }: pulumi.dynamic.ConfigureRequest): Promise<void> {
  const access = {
    baseUrl: config.get("mesh-six:githubBaseUrl") ?? "",
    token: config.require("mesh-six:githubToken"),
    backoffSeconds: Number(config.get("mesh-six:githubBackoffSeconds") ?? 60),
  };
  // From now on, so that no call of the engine is missed.
  cancelled();
  const key = JSON.stringify(access);
  configured = clients.get(key) ?? new GitHub(access);
  clients.set(key, configured);
  return Promise.resolve();
}

/** The client that all resources of a process share, and with it the pacing. */
export function configuredGitHub(): GitHub {
  if (configured === undefined) throw new Error("GitHub: asked for before the provider was configured");
  return configured;
}

/** Refuses an answer without JSON: octokit hands over a page of HTML, or JSON that is cut off, as it is. */
function readable(status: number, data: unknown): void {
  if (status === 204 || status === 205 || (typeof data === "object" && data !== null)) return;
  const start = String(data).replaceAll(/\s+/g, " ").slice(0, 40);
  throw new UnreadableAnswerError(`an answer that is no JSON: ${JSON.stringify(start)}`);
}
