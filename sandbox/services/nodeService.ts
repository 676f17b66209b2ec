import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { sandboxContext } from "../place/kubeconfig.ts";
import { projectRoot } from "../place/directory.ts";
import { writeJson } from "../../lib/process/files.ts";
import type { Service, ServiceContext } from "./service.ts";
import { sourceHash } from "./sourceHash.ts";

/** A small heap, so that all of the sandbox together stays well below what a laptop can spare. */
const heap = "--max-old-space-size=128";

export function runs(file: string, config: string): string[] {
  return [process.execPath, "--disable-warning=ExperimentalWarning", heap, join(projectRoot, file), config];
}

export function configPath(context: ServiceContext, service: string): string {
  return `${context.directory.data(service)}.json`;
}

export function writeConfig(context: ServiceContext, service: string, config: object): void {
  const path = configPath(context, service);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeJson(path, config);
}

/** The organization that owns everything in the emulated GitHub, as in production. */
export const githubOrganization = "bto-labs";

/** The URL of the sandbox's GitHub; REST lies under /api/v3, GraphQL under /api/graphql. */
export function githubUrl(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

/** The host that the program's webhooks name. */
const receiverHost = "mesh-six.bto.bar";

/** Takes the deliveries of the emulated GitHub, and stands for the ingress of the simulated mesh-six. */
export const receiver: Service = {
  name: "receiver",
  after: [],
  listens: true,
  prepare(context) {
    const own = context.credentials.existing.kubeconfig === undefined;
    writeConfig(context, "receiver", {
      port: context.port("receiver"),
      directory: context.directory.root,
      ...(own ? { apiServerPort: context.port("kube-apiserver") } : {}),
    });
    return Promise.resolve();
  },
  launch: (context) => ({
    argv: runs("sandbox/emulators/receiver/server.ts", configPath(context, "receiver")),
    cwd: projectRoot,
    environment: {
      MESH_SIX_SOURCE: sourceHash(projectRoot, "sandbox/emulators/receiver/server.ts"),
      MESH_SIX_RECEIVER: String(context.port("receiver")),
      ...(context.credentials.existing.kubeconfig === undefined
        ? { MESH_SIX_API_SERVER: String(context.port("kube-apiserver")) }
        : {}),
    },
  }),
};

/** The GitHub emulator. */
export const github: Service = {
  name: "github",
  after: ["receiver"],
  listens: true,
  prepare(context) {
    writeConfig(context, "github", {
      port: context.port("github"),
      dataDirectory: context.directory.data("github"),
      token: context.credentials.githubToken,
      // The token of the services in the cluster.
      tokens: { [context.credentials.generated("github-secret-token")]: { login: "robot" } },
      organization: githubOrganization,
      controlToken: context.credentials.generated("github-control"),
      // Where a delivery to production's address really goes.
      hostMap: { [receiverHost]: `http://127.0.0.1:${String(context.port("receiver"))}` },
    });
    return Promise.resolve();
  },
  launch: (context) => ({
    argv: runs("sandbox/emulators/github/server.ts", configPath(context, "github")),
    cwd: projectRoot,
    environment: {
      MESH_SIX_SOURCE: sourceHash(projectRoot, "sandbox/emulators/github/server.ts"),
      MESH_SIX_TOKENS: "sandbox, cluster",
      MESH_SIX_GITHUB: githubUrl(context.port("github")),
      MESH_SIX_RECEIVER: String(context.port("receiver")),
    },
  }),
  async probe(context) {
    const response = await fetch(`${githubUrl(context.port("github"))}/api/v3/orgs/${githubOrganization}`, {
      headers: { authorization: `Bearer ${context.credentials.githubToken}` },
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    // An organization that was renamed is not found; the emulator lives all the same.
    if (!response.ok && response.status !== 404)
      throw new Error(`the GitHub emulator answers ${String(response.status)}`);
  },
};

/** The overlay that stands for the application's own. */
export const overlayFolder = join(projectRoot, "sandbox/emulators/argocd/overlay");

/** The stand-in for ArgoCD: applies and prunes what an Application names, as the real one would. */
export const argocd: Service = {
  name: "argocd",
  after: ["kube-apiserver"],
  listens: false,
  prepare(context) {
    writeConfig(context, "argocd", {
      kubeconfig: context.directory.kubeconfig,
      context: sandboxContext,
      kubectl: context.toolchain.kubectl,
      overlay: overlayFolder,
      cache: context.directory.data("argocd"),
    });
    return Promise.resolve();
  },
  launch: (context) => ({
    argv: runs("sandbox/emulators/argocd/reconciler.ts", configPath(context, "argocd")),
    cwd: projectRoot,
    environment: {
      MESH_SIX_SOURCE: sourceHash(projectRoot, "sandbox/emulators/argocd/reconciler.ts"),
      MESH_SIX_API_SERVER: `https://127.0.0.1:${String(context.port("kube-apiserver"))}`,
    },
  }),
};

/** The settings of the simulated mesh-six. */
export interface Simulation {
  /** Names of sandbox/emulators/meshSix/faults.ts. */
  readonly faults: readonly string[];
  /** The least time of a card in each column, in milliseconds. */
  readonly pace: number;
}

export const meshSixName = "mesh-six";

/** The simulated mesh-six; other faults are another launch, so that it starts again with them. */
export function meshSix(simulation: Simulation = { faults: [], pace: 2_000 }): Service {
  return {
    name: meshSixName,
    after: ["kube-apiserver", "kwok", "postgres", "github", "receiver"],
    listens: true,
    prepare(context) {
      writeConfig(context, meshSixName, {
        ...simulation,
        port: context.port(meshSixName),
        directory: context.directory.root,
        apiServerPort: context.port("kube-apiserver"),
        githubUrl: githubUrl(context.port("github")),
        registryLogin: context.directory.registryLogin,
      });
      return Promise.resolve();
    },
    launch: (context) => ({
      argv: runs("sandbox/emulators/meshSix/server.ts", configPath(context, meshSixName)),
      cwd: projectRoot,
      environment: {
        MESH_SIX_SOURCE: sourceHash(projectRoot, "sandbox/emulators/meshSix/server.ts"),
        MESH_SIX_SIMULATION: JSON.stringify(simulation),
        MESH_SIX_PORTS: [meshSixName, "kube-apiserver", "github"].map((name) => context.port(name)).join(" "),
      },
    }),
    async probe(context) {
      const response = await fetch(`http://127.0.0.1:${String(context.port(meshSixName))}/ready`, {
        signal: AbortSignal.timeout(5_000),
      });
      const answer = await response.text();
      if (!response.ok) throw new Error(`the simulated mesh-six is not ready: ${answer}`);
    },
  };
}
