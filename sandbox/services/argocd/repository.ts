import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withoutSettings } from "../../../lib/process/git.ts";
import { run } from "../../../lib/process/run.ts";
import type { SandboxDirectory } from "../../place/directory.ts";
import { overlayFolder } from "../nodeService.ts";

/** Path of the overlay in the repository, and its branch, as in the application's own. */
const overlayPath = "k8s/overlays/prod";
const branch = "main";

/** URL of the git repository that stands for the application's. */
export function repositoryUrl(directory: SandboxDirectory): string {
  return pathToFileURL(repositoryPath(directory)).href;
}

function repositoryPath(directory: SandboxDirectory): string {
  return directory.data("overlay.git");
}

/** Makes a bare repository of the sandbox's overlay, or a further commit in it where the overlay has changed. */
export async function prepareRepository(directory: SandboxDirectory): Promise<void> {
  const repository = repositoryPath(directory);
  const scratch = mkdtempSync(join(tmpdir(), "mesh-six-overlay-"));
  try {
    const files = join(scratch, "files");
    mkdirSync(files);
    mkdirSync(repository, { recursive: true, mode: 0o700 });
    cpSync(overlayFolder, join(files, overlayPath), { recursive: true });
    const git = gitOf(repository, files, join(scratch, "index"));
    if (!existsSync(join(repository, "HEAD")))
      await git("init", "--quiet", "--bare", `--initial-branch=${branch}`);
    await git("add", "--all", "--force", ".");
    const tree = await git("write-tree");
    const head = await git("for-each-ref", "--format=%(objectname) %(tree)", `refs/heads/${branch}`);
    const [parent = "", parentTree] = head.split(" ");
    if (parentTree === tree) return;
    const commit = await git(
      "commit-tree",
      tree,
      ...(parent === "" ? [] : ["-p", parent]),
      "-m",
      "The overlay",
    );
    await git("update-ref", `refs/heads/${branch}`, commit);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs git on the repository with a work tree and an index of our own, whatever a person's settings say. */
function gitOf(repository: string, files: string, index: string) {
  const somebody = { NAME: "sandbox", EMAIL: "sandbox@localhost" };
  const env = {
    ...withoutSettings,
    GIT_DIR: repository,
    GIT_WORK_TREE: files,
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: somebody.NAME,
    GIT_AUTHOR_EMAIL: somebody.EMAIL,
    GIT_COMMITTER_NAME: somebody.NAME,
    GIT_COMMITTER_EMAIL: somebody.EMAIL,
  };
  return async (...args: string[]): Promise<string> => {
    const bare = args[0] === "init";
    const outcome = await run("git", args, {
      cwd: files,
      env: bare ? { ...env, GIT_WORK_TREE: undefined } : env,
    });
    if (outcome.code === 0) return outcome.stdout.trim();
    const remedy = outcome.code === 127 ? "; install git, which Argo CD needs too" : "";
    throw new Error(`git ${args.join(" ")} in ${repository} failed: ${outcome.stderr.trim()}${remedy}`);
  };
}
