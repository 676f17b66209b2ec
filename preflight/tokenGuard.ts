import * as pulumi from "@pulumi/pulumi";
import { type GitHubUse, hastyGitHub, lookAtToken, tokenProblems } from "./githubToken.ts";

/** Resources that exist on GitHub; all others are left alone. */
const onGitHub = /^(github:|pulumi-nodejs:dynamic\/mesh-six:)/;

/**
 * Looks at the token once, and only when something on GitHub is about to be made or changed: that a run will
 * change nothing there is known when the engine has compared, and then GitHub is not asked. Hooks run before the
 * change and in previews, so that what the token lacks is said before the first write.
 */
export class TokenGuard {
  /** For the options of whatever is declared on GitHub. */
  readonly transformation: pulumi.ResourceTransformation;
  readonly #use: GitHubUse;
  #looked: Promise<string[]> | undefined;

  /** @param enabled - false where nothing is to be looked at */
  constructor(use: GitHubUse, enabled: boolean) {
    this.#use = use;
    if (!enabled || !isUsed(use)) {
      this.transformation = () => undefined;
      return;
    }
    let hook: pulumi.ResourceHook | undefined;
    this.transformation = ({ type, props, opts }) => {
      if (!onGitHub.test(type)) return undefined;
      hook ??= new pulumi.ResourceHook("GitHub token", () => this.#refuse(), { onDryRun: true });
      const hooks = { beforeCreate: [hook], beforeUpdate: [hook] };
      return { props, opts: pulumi.mergeOptions(opts, { hooks }) };
    };
  }

  async #refuse(): Promise<void> {
    const problems = await this.problems();
    if (problems.length > 0) throw new Error(problems.join("\n"));
  }

  /** One line for each thing the token lacks. */
  problems(): Promise<string[]> {
    if (!isUsed(this.#use)) return Promise.resolve([]);
    this.#looked ??= lookAtToken(hastyGitHub(this.#use), this.#use).then((found) =>
      tokenProblems(found, this.#use),
    );
    return this.#looked;
  }
}

function isUsed({ repositories, webhook }: GitHubUse): boolean {
  return repositories.length > 0 || webhook;
}
