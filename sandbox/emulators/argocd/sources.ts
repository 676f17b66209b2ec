import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { lastWords, withoutSettings } from "../../../lib/process/git.ts";
import { run } from "../../../lib/process/run.ts";
import { type KustomizeSource, Overlay } from "./render.ts";

/** An Application's settings for the place of its objects. */
export interface Source {
  readonly repoURL?: string;
  readonly targetRevision?: string;
  readonly path?: string;
  readonly kustomize?: KustomizeSource;
}

export interface SourcesOptions {
  /** The overlay that stands for every repository that is not on this machine. */
  readonly overlay: string;
  /** kubectl's command and its first arguments. */
  readonly kubectl: readonly string[];
  /** Folder for what is fetched. */
  readonly cache: string;
}

/** Overlays of commits that are kept, with what they were rendered to. */
const kept = 4;

/** Finds the overlay of an Application: repositories on this machine are fetched, all others are the one overlay. */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #overlay: Overlay;
  readonly #ofCommits = new Map<string, Overlay>();

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#overlay = new Overlay(options.overlay, options.kubectl);
  }

  /** @throws Error in one line when the repository does not have the revision */
  async of({ repoURL = "", targetRevision = "HEAD", path = "." }: Source): Promise<Overlay> {
    if (!/^http:\/\/127\.0\.0\.1[:/]/.test(repoURL)) return this.#overlay;
    const commit = await this.#fetch(repoURL, targetRevision);
    const key = `${commit} ${path}`;
    const folder = join(this.#folderOf(commit), path);
    const found = this.#ofCommits.get(key) ?? new Overlay(folder, this.#options.kubectl, commit);
    this.#ofCommits.delete(key);
    this.#ofCommits.set(key, found);
    for (const old of [...this.#ofCommits.keys()].slice(0, -kept)) this.#ofCommits.delete(old);
    return found;
  }

  #folderOf(commit: string): string {
    return join(this.#options.cache, commit);
  }

  /** Checks a revision out, unless it has been. @returns its commit */
  async #fetch(url: string, revision: string): Promise<string> {
    const { cache } = this.#options;
    const isCommit = /^[0-9a-f]{40}$/.test(revision);
    if (isCommit && existsSync(this.#folderOf(revision))) return revision;
    const repository = join(cache, "repository.git");
    mkdirSync(cache, { recursive: true });
    if (!existsSync(repository)) await git(["init", "--quiet", "--bare", repository]);
    await git(["-C", repository, "fetch", "--quiet", "--depth=1", url, revision]);
    const commit = await git(["-C", repository, "rev-parse", "FETCH_HEAD"]);
    const folder = this.#folderOf(commit);
    if (!existsSync(folder)) {
      // A kill while it is being filled must not leave half of a commit under its name.
      const draft = `${folder}.draft`;
      mkdirSync(draft, { recursive: true });
      await git([
        "-C",
        repository,
        "--work-tree",
        draft,
        "checkout",
        "--quiet",
        "--force",
        commit,
        "--",
        ".",
      ]);
      renameSync(draft, folder);
    }
    return commit;
  }
}

async function git(args: readonly string[]): Promise<string> {
  const outcome = await run("git", args, { env: withoutSettings });
  if (outcome.code === 0) return outcome.stdout.trim();
  throw new Error(`failed to load target state: git ${args.join(" ")}: ${lastWords(outcome)}`);
}
