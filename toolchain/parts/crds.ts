import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { contentKey, findEntry, makeEntry } from "../obtain/cache.ts";
import sources from "../crds/sources.json" with { type: "json" };
import { download, DownloadError, downloadsAllowed } from "../obtain/download.ts";
import { waitingFor, type Part, type PartContext } from "./part.ts";
import { run } from "../../lib/process/run.ts";
import { step } from "../progress.ts";

/** The projects whose CustomResourceDefinitions the program's objects are made of. */
type CrdProject = keyof typeof sources;

/** Absolute paths of YAML files, each with one or more CustomResourceDefinitions, by project. */
export type Crds = Readonly<Record<CrdProject, string[]>>;

/** The source of a project's files, and their checksums. */
interface CrdSource {
  /** Go module that has the files, and its version, which is the Git tag as well. */
  readonly module: string;
  readonly version: string;
  /** GitHub's owner/name of the same files. */
  readonly repository: string;
  /** SHA-256 by path in the module. */
  readonly files: Readonly<Record<string, string>>;
}

const projects = Object.entries(sources) as [CrdProject, CrdSource][];
const key = contentKey([JSON.stringify(sources)]);

export const crds: Part<Crds> = {
  find: async () => {
    const directory = findEntry("crds", key);
    return Promise.resolve(directory === undefined ? undefined : filesIn(directory));
  },
  obtain: async (context) =>
    filesIn(
      await makeEntry("crds", key, waitingFor("fetches the CRDs", context), (unfinished) =>
        step(context.progress, "fetching the CRDs", {}, () => fetchAll(unfinished, context)),
      ),
    ),
};

function filesIn(directory: string): Crds {
  const paths = projects.map(([project, source]) => [
    project,
    Object.keys(source.files).map((path) => target(directory, project, path)),
  ]);
  return Object.fromEntries(paths) as Crds;
}

function target(directory: string, project: CrdProject, path: string): string {
  return join(directory, project, basename(path));
}

/** From the module cache where they are there, else from the projects' tags, else from their Go modules. */
async function fetchAll(directory: string, context: PartContext): Promise<void> {
  await Promise.all(projects.map(([project]) => mkdir(join(directory, project), { recursive: true })));
  const present = await Promise.all(
    projects.map(([project, source]) =>
      copyFiles(project, source, join(moduleCache(), `${source.module}@${source.version}`), directory),
    ),
  );
  const missing = projects.filter((_, i) => !present[i]);
  if (missing.length === 0 || (await downloadAll(missing, directory, context))) return;
  for (const [project, source] of missing) await fetchModule(project, source, directory, context);
}

async function fetchModule(
  project: CrdProject,
  source: CrdSource,
  directory: string,
  context: PartContext,
): Promise<void> {
  const root = await downloadModule(source, context);
  if (!(await copyFiles(project, source, root, directory))) {
    throw new Error(
      `${source.module} ${source.version} in ${root} does not hold the files toolchain/crds/sources.json names, ` +
        `byte for byte. Run "go clean -modcache" and try again.`,
    );
  }
}

/** Downloads the projects' files from their tags; false, after one line with the reason, when that fails. */
async function downloadAll(
  missing: readonly [CrdProject, CrdSource][],
  directory: string,
  context: PartContext,
): Promise<boolean> {
  if (!downloadsAllowed()) return false;
  const files = missing.flatMap(([project, source]) =>
    Object.entries(source.files).map(([path, sha256]) => ({
      url: `https://raw.githubusercontent.com/${source.repository}/${source.version}/${path}`,
      sha256,
      path: target(directory, project, path),
    })),
  );
  const results = await Promise.allSettled(
    files.map(({ url, sha256, path }) => download({ url, sha256, signal: context.signal }, path)),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return true;
  const reason: unknown = failed.reason;
  if (!(reason instanceof DownloadError) || context.signal.aborted) throw reason;
  context.progress(`the CRDs could not be downloaded, so Go fetches their modules (${reason.message})`);
  return false;
}

/** Copies the project's files, if all are there with the right content. */
async function copyFiles(
  project: CrdProject,
  source: CrdSource,
  root: string,
  directory: string,
): Promise<boolean> {
  for (const [path, expected] of Object.entries(source.files)) {
    const content = await readFile(join(root, path)).catch(() => undefined);
    if (content === undefined || sha256(content) !== expected) return false;
    await copyFile(join(root, path), target(directory, project, path));
  }
  return true;
}

/** Go's folder of modules, found without asking Go: a second project on the machine may have them already. */
function moduleCache(): string {
  const path = process.env["GOPATH"]?.split(delimiter)[0] || join(homedir(), "go");
  return process.env["GOMODCACHE"] || join(path, "pkg/mod");
}

/** Downloads the module by Go and returns its folder. */
async function downloadModule(source: CrdSource, context: PartContext): Promise<string> {
  const go = await context.go();
  const name = `${source.module}@${source.version}`;
  const outcome = await run(go.command, ["mod", "download", "-json", name], {
    cwd: tmpdir(),
    // The files are held to checksums of our own, so no checksum database needs to be reachable.
    env: { ...go.env, GOFLAGS: "", GONOSUMDB: "*" },
    signal: context.signal,
  });
  const answer = parse(outcome.stdout);
  if (answer.Dir !== undefined) return answer.Dir;
  throw new Error(
    `The CRDs of ${name} could not be downloaded by Go: ${answer.Error ?? outcome.stderr.trim()}. ` +
      `Check the network and GOPROXY, then run again.`,
  );
}

function parse(text: string): { Dir?: string; Error?: string } {
  try {
    return JSON.parse(text) as { Dir?: string; Error?: string };
  } catch {
    return {};
  }
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
