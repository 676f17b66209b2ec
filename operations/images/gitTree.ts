import { resolve } from "node:path";
import { lastWords, runGit } from "../../lib/process/git.ts";

/** The files and folders of one commit, each with git's name of its content. */
export interface GitTree {
  /** The checkout. */
  readonly folder: string;
  /** The commit, 40 or 64 hexadecimal digits. */
  readonly commit: string;
  /** Mode and object of a file or folder; `""` is the root. Undefined where the commit has none. */
  readonly objectOf: (path: string) => string | undefined;
  /** Names in a folder. */
  readonly children: (folder: string) => readonly string[];
  /** Every file and folder. */
  readonly paths: readonly string[];
  /** Text of a file. @throws Error where there is none */
  readonly read: (path: string) => string;
}

/** Dockerfiles are read with the tree, since asking for one file takes a process. */
const wanted = /^docker\/[^/]+$/;

/**
 * The folder of the repository that a folder is in.
 *
 * @throws Error in one line where it is in none
 */
export async function repositoryOf(folder: string): Promise<string> {
  const outcome = await runGit(["-C", folder, "rev-parse", "--show-cdup"]);
  if (outcome.code === 0) return resolve(folder, outcome.stdout.trim());
  throw new Error(
    `--application ${folder}: expected a git checkout of the application, got from git: ${lastWords(outcome)}; clone its repository`,
  );
}

/** @throws Error in one line where the repository does not have it */
async function commitOf(folder: string, revision: string): Promise<string> {
  const outcome = await runGit(["-C", folder, "rev-parse", "--verify", "--quiet", `${revision}^{commit}`]);
  if (outcome.code === 0) return outcome.stdout.trim();
  const { stdout } = await runGit(["-C", folder, "rev-parse", "--is-shallow-repository"]);
  const fetch = stdout.trim() === "true" ? "git fetch --unshallow" : "git fetch";
  throw new Error(
    `--ref ${revision}: expected a commit of ${folder}, got none; fetch it there (${fetch}), or name another`,
  );
}

/**
 * Reads a commit of a checkout: one process for its tree, one for its Dockerfiles. Uncommitted changes do not count.
 *
 * @param inside - the checkout, or a folder in it
 * @param revision - branch, tag or commit
 * @throws Error in one line when the folder is no checkout or has no such commit
 */
export async function readTree(inside: string, revision = "HEAD"): Promise<GitTree> {
  const folder = await repositoryOf(inside);
  const commit = await commitOf(folder, revision);
  const root = (await git(folder, ["rev-parse", `${commit}^{tree}`])).trim();
  const listed = await git(folder, ["ls-tree", "-r", "-t", "-z", "--full-tree", commit]);
  const objects = new Map<string, string>([["", `040000 ${root}`]]);
  for (const line of listed.split("\0").filter(Boolean)) {
    const tab = line.indexOf("\t");
    const [mode = "", , object = ""] = line.slice(0, tab).split(" ");
    objects.set(line.slice(tab + 1), `${mode} ${object}`);
  }
  const texts = new Map<string, string>();
  for (const path of [...objects.keys()].filter((each) => wanted.test(each)))
    texts.set(path, await git(folder, ["show", `${commit}:${path}`]));
  return {
    folder,
    commit,
    objectOf: (path) => objects.get(path),
    children: (of) => [
      ...new Set(
        [...objects.keys()]
          .filter((path) => path.startsWith(`${of}/`))
          .map((path) => path.slice(of.length + 1).split("/")[0] ?? ""),
      ),
    ],
    paths: [...objects.keys()],
    read: (path) => {
      const text = texts.get(path);
      if (text === undefined) throw new Error(`${path}: expected a file of commit ${commit}, got none`);
      return text;
    },
  };
}

/** @throws Error with git's last line */
export async function git(folder: string, args: readonly string[]): Promise<string> {
  const outcome = await runGit(["-C", folder, ...args]);
  if (outcome.code === 0) return outcome.stdout;
  const said = lastWords(outcome);
  throw new Error(
    `--application ${folder}: expected a git checkout that has it, got from git ${args[0] ?? ""}: ${said === "" ? "nothing" : said}`,
  );
}
