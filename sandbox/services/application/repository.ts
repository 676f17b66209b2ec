import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ended } from "../../../lib/process/ended.ts";
import { withoutSettings } from "../../../lib/process/git.ts";
import { run } from "../../../lib/process/run.ts";

/** The changes of a commit: files by path, each with its new text, or undefined where it is removed. */
export type Change = Readonly<Record<string, string | undefined>>;

const branch = "refs/heads/main";

/** A bare git repository in the sandbox, to which commits are added without a work tree. */
export class ApplicationRepository {
  readonly folder: string;

  /** @param folder - made by the first commit */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The newest commit; undefined where there is none. */
  async head(): Promise<string | undefined> {
    if (!existsSync(this.folder)) return undefined;
    const { code, stdout } = await git(this.folder, ["rev-parse", "--verify", "--quiet", branch]);
    return code === 0 ? stdout.trim() : undefined;
  }

  /** The text of a file of the newest commit; undefined where it has none. */
  async read(path: string): Promise<string | undefined> {
    const { code, stdout } = await git(this.folder, ["show", `${branch}:${path}`]);
    return code === 0 ? stdout : undefined;
  }

  /** The number of commits. */
  async count(): Promise<number> {
    return Number((await need(this.folder, ["rev-list", "--count", branch])).trim());
  }

  /** @returns the commit */
  async commit(message: string, change: Change): Promise<string> {
    if (existsSync(join(this.folder, "HEAD"))) return add(this.folder, await this.head(), message, change);
    // The folder tells that there are releases: it appears with its first commit.
    const half = `${this.folder}.half`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true, mode: 0o700 });
    await need(half, ["init", "--quiet", "--bare", "--initial-branch=main"]);
    const commit = await add(half, undefined, message, change);
    renameSync(half, this.folder);
    return commit;
  }
}

/** @returns the new commit of the repository */
async function add(
  folder: string,
  parent: string | undefined,
  message: string,
  change: Change,
): Promise<string> {
  const seconds = String(Math.floor(Date.now() / 1000));
  const data = (text: string) => `data ${String(Buffer.byteLength(text))}\n${text}\n`;
  const lines = [
    `commit ${branch}\ncommitter sandbox <sandbox@localhost> ${seconds} +0000\n${data(message)}`,
    ...(parent === undefined ? [] : [`from ${parent}\n`]),
    ...Object.entries(change).map(([path, text]) =>
      text === undefined ? `D ${path}\n` : `M 100644 inline ${path}\n${data(text)}`,
    ),
  ];
  const child = spawn("git", ["fast-import", "--quiet"], {
    cwd: folder,
    env: environment(folder),
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(lines.join(""));
  if ((await ended(child)) !== 0) throw new Error(`git fast-import in ${folder} failed; see above`);
  return (await need(folder, ["rev-parse", branch])).trim();
}

function git(folder: string, args: readonly string[]) {
  return run("git", args, { cwd: folder, env: environment(folder) });
}

async function need(folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await git(folder, args);
  if (code === 0) return stdout;
  const remedy = code === 127 ? "; install git" : "";
  throw new Error(`git ${args.join(" ")} in ${folder} failed: ${stderr.trim()}${remedy}`);
}

/** Without GIT_DIR git would take the repository around a folder that is none itself. */
function environment(folder: string): NodeJS.ProcessEnv {
  return { ...withoutSettings, GIT_DIR: folder };
}
