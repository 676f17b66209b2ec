import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeJson } from "../../../lib/process/files.ts";
import { type SandboxDirectory, projectRoot } from "../../place/directory.ts";
import { configPath, runs, writeConfig } from "../nodeService.ts";
import type { Service, ServiceContext } from "../service.ts";
import { sourceHash } from "../sourceHash.ts";

const login = "sandbox";

/** The sandbox's container registry; it keeps its images across `down`. */
export const registry: Service = {
  name: "registry",
  after: [],
  listens: true,
  prepare(context) {
    const port = context.port("registry");
    const password = context.credentials.generated("registry-login");
    const folder = context.directory.data("registry");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeConfig(context, "registry", { port, folder, login: { username: login, password } });
    const auth = Buffer.from(`${login}:${password}`).toString("base64");
    writeJson(context.directory.registryLogin, { auths: { [registryHost(port)]: { auth } } });
    return Promise.resolve();
  },
  launch: (context) => launch(context, "registry", "sandbox/emulators/registry"),
  // Without a login the registry refuses, which is an answer.
  probe: (context) => answers(`http://${registryHost(context.port("registry"))}/v2/`, 401),
};

/** Serves the repository of the sandbox's application, for reading. */
export const application: Service = {
  name: "application",
  after: [],
  listens: true,
  prepare(context) {
    const folder = applicationFolder(context.directory);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeConfig(context, "application", { port: context.port("application"), folder });
    return Promise.resolve();
  },
  launch: (context) => launch(context, "application", "sandbox/emulators/gitServer"),
  probe: (context) => answers(`http://127.0.0.1:${String(context.port("application"))}/`, 404),
};

const repositoryName = "mesh-six.git";

/** Folder of the application's bare repository. */
export function applicationRepository(directory: SandboxDirectory): string {
  return join(applicationFolder(directory), repositoryName);
}

export function applicationUrl(port: number): string {
  return `http://127.0.0.1:${String(port)}/${repositoryName}`;
}

/** Prefix of the names of the images in the sandbox's registry. */
export function imagePrefix(port: number): string {
  return `${registryHost(port)}/jaybrto/mesh-six`;
}

function registryHost(port: number): string {
  return `127.0.0.1:${String(port)}`;
}

function applicationFolder(directory: SandboxDirectory): string {
  return directory.data("application");
}

function launch(context: ServiceContext, name: string, folder: string) {
  const entry = `${folder}/server.ts`;
  return {
    argv: runs(entry, configPath(context, name)),
    cwd: projectRoot,
    environment: {
      MESH_SIX_SOURCE: sourceHash(projectRoot, entry),
      MESH_SIX_PORT: String(context.port(name)),
    },
  };
}

async function answers(url: string, status: number): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  if (response.status !== status) throw new Error(`${url} answers ${String(response.status)}`);
}
