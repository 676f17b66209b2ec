import { contextOf } from "./dockerfile.ts";
import type { GitTree } from "./gitTree.ts";

/** An image that is built from a commit of the application. */
export interface Image {
  /** Name of the application's part, as in `simple-agent`. */
  readonly name: string;
  /** Dockerfile within the build context. */
  readonly dockerfile: string;
  /** As in `AGENT_APP=simple-agent`. */
  readonly buildArguments: readonly string[];
  /** Files and folders of the application that make up the build context; `""` is the whole tree. */
  readonly paths: readonly string[];
  /** Folders of this project that the build context holds besides the application. */
  readonly folders: readonly string[];
}

/** The dashboard's image is defined here, all others by Dockerfiles of the application. */
const dashboard = "dashboard";
const agentDockerfile = "docker/Dockerfile.agent";

/** Decide what every image of the workspace holds: manifests, the lockfile, the compiler's settings. */
const rootFiles = ["package.json", "bun.lock", "bun.lockb", "bunfig.toml", "tsconfig.json", ".dockerignore"];

/**
 * Every image of the application, by name.
 *
 * @throws Error when the commit is none of the application's
 */
export function imagesOf(tree: GitTree): Image[] {
  if (tree.objectOf(agentDockerfile) === undefined || tree.objectOf("apps") === undefined) {
    throw new Error(
      `--application: expected a checkout of the application with ${agentDockerfile} and apps/, got ${tree.folder}`,
    );
  }
  const names = tree
    .children("apps")
    .filter((name) => tree.objectOf(`apps/${name}/package.json`) !== undefined)
    // Without a server to start it is a library or a page.
    .filter((name) => name === dashboard || tree.objectOf(`apps/${name}/src/index.ts`) !== undefined)
    .sort();
  const strange = names.find((name) => !/^[a-z0-9][a-z0-9-]{0,48}$/.test(name));
  if (strange !== undefined) {
    throw new Error(
      `apps/${strange}: expected a name of lower-case letters, digits and dashes, as images have`,
    );
  }
  return names.map((name) => (name === dashboard ? dashboardImage(tree) : agentImage(tree, name)));
}

function dashboardImage(tree: GitTree): Image {
  // The lockfile is that of the whole workspace, so the installation reads every member's manifest.
  const members = tree.children("apps").map((name) => `apps/${name}/package.json`);
  return {
    name: dashboard,
    dockerfile: "images/dashboard/Dockerfile",
    buildArguments: [],
    paths: present(tree, [...rootFiles, "packages", `apps/${dashboard}`, ...members]),
    folders: ["images/dashboard"],
  };
}

function agentImage(tree: GitTree, name: string): Image {
  const own = `docker/Dockerfile.${name}`;
  const dockerfile = tree.objectOf(own) === undefined ? agentDockerfile : own;
  const buildArguments = dockerfile === own ? [] : [`AGENT_APP=${name}`];
  const copied = contextOf(tree, dockerfile, buildArguments);
  return {
    name,
    dockerfile,
    buildArguments,
    paths: present(tree, [...rootFiles, "packages", `apps/${name}`, dockerfile, ...copied]),
    folders: [],
  };
}

/** Those that the commit has, each once, without what lies in a folder that is there as a whole. */
function present(tree: GitTree, paths: readonly string[]): string[] {
  const there = [...new Set(paths)].filter((path) => tree.objectOf(path) !== undefined).sort();
  return there.filter((path) => !there.some((folder) => folder !== path && isWithin(folder, path)));
}

function isWithin(folder: string, path: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}
