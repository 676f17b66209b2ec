import { GitHub, GitHubError } from "../../../lib/github/client.ts";
import { answerOf } from "../../../lib/github/errors.ts";
import { allow } from "../protocol/targets.ts";
import { textOf, type Properties } from "../protocol/values.ts";

/** The organization or user in whose name the provider works, on the GitHub that its settings name. */
export class Account {
  readonly owner: string;
  readonly #baseUrl: string;
  readonly #github: GitHub;

  constructor(settings: Properties) {
    this.owner = textOf(settings["owner"] ?? settings["organization"]);
    this.#baseUrl = textOf(settings["baseUrl"]).replace(/^https:\/\/api\.github\.com\/?$/, "");
    const token = textOf(settings["token"]);
    this.#github = new GitHub({ baseUrl: this.#baseUrl, token, userAgent: "mesh-six-stand-in" });
  }

  /** @throws when it is not the sandbox's and nothing allows it */
  guard(): void {
    allow("github", this.#baseUrl === "" ? "https://github.com" : this.#baseUrl);
  }

  /** A REST request by route; parameters fill its path and body. */
  rest(route: string, parameters: Properties = {}): Promise<Properties> {
    this.guard();
    return this.#github.rest<Properties>(route, parameters);
  }

  /** The answer to a GET, undefined when GitHub knows no such thing. */
  async find(route: string, parameters: Properties): Promise<Properties | undefined> {
    try {
      return await this.rest(route, parameters);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Deletes; what is gone already is no error. */
  async remove(route: string, parameters: Properties): Promise<void> {
    try {
      await this.rest(route, parameters);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  /**
   * If GitHub does not know an organization under that name, everything in it is missing. The official plugin says
   * so, in these words, and takes nothing for deleted.
   */
  async requireOrganization(): Promise<void> {
    if ((await this.find("GET /orgs/{org}", { org: this.owner })) !== undefined) return;
    throw new Error(
      `this resource can only be used in the context of an organization, "${this.owner}" is a user`,
    );
  }
}

/** The HTTP status behind an error; 0 when nothing was answered. */
export function statusOf(error: unknown): number {
  return error instanceof GitHubError ? answerOf(error.cause).status : 0;
}
