import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** An image that is built from a checkout of the application. */
export interface Image {
  /** Name of the application's part, as in `simple-agent`. */
  readonly name: string;
  /** Dockerfile within the build context. */
  readonly dockerfile: string;
  /** As in `AGENT_APP=simple-agent`. */
  readonly buildArguments: readonly string[];
  /** Folders of this project that the build context holds besides the application. */
  readonly folders: readonly string[];
}

/** The dashboard's image is defined here, all others by the application's own Dockerfile for agents. */
const dashboard = "dashboard";
const agentDockerfile = "docker/Dockerfile.agent";

/**
 * Every image of the application, by name.
 *
 * @param application - a checkout of the application's repository
 * @throws Error when the folder is no such checkout
 */
export function imagesOf(application: string): Image[] {
  const apps = join(application, "apps");
  if (!existsSync(join(application, agentDockerfile)) || !existsSync(apps)) {
    throw new Error(
      `--application: expected a checkout of the application with ${agentDockerfile} and apps/, got ${application}`,
    );
  }
  const names = readdirSync(apps, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(apps, entry.name, "package.json")))
    .map(({ name }) => name)
    // What has no server to start is a library or a page.
    .filter((name) => name === dashboard || existsSync(join(apps, name, "src/index.ts")))
    .sort();
  const strange = names.find((name) => !/^[a-z0-9][a-z0-9-]{0,48}$/.test(name));
  if (strange !== undefined) {
    throw new Error(
      `apps/${strange}: expected a name of lower-case letters, digits and dashes, as images have`,
    );
  }
  return names.map((name) =>
    name === dashboard
      ? { name, dockerfile: "images/dashboard/Dockerfile", buildArguments: [], folders: ["images/dashboard"] }
      : { name, dockerfile: agentDockerfile, buildArguments: [`AGENT_APP=${name}`], folders: [] },
  );
}
