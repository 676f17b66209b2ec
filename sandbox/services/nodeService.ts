import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sandboxContext } from "../kubeconfig.ts";
import { projectRoot } from "../directory.ts";
import { writeJson } from "../files.ts";
import type { Service, ServiceContext } from "./service.ts";

/** A small heap, so that all of the sandbox together stays well below what a laptop can spare. */
const heap = "--max-old-space-size=128";

function runs(file: string, config: string): string[] {
  return [process.execPath, "--disable-warning=ExperimentalWarning", heap, join(projectRoot, file), config];
}

/** Of all sources of a service: after an update of the project it is started anew. */
function sourceHash(folder: string): string {
  const hash = createHash("sha256");
  const path = join(projectRoot, folder);
  for (const file of readdirSync(path, { recursive: true, encoding: "utf8" }).sort()) {
    if (file.endsWith(".ts")) hash.update(file).update(readFileSync(join(path, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

function configPath(context: ServiceContext, service: string): string {
  return `${context.directory.data(service)}.json`;
}

/** The organization that owns everything in the emulated GitHub, as in production. */
export const githubOrganization = "bto-labs";

/** The URL of the sandbox's GitHub; REST lies under /api/v3, GraphQL under /api/graphql. */
export function githubUrl(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

/** The host that the program's webhooks name. */
const receiverHost = "mesh-six.bto.bar";

/** Takes the deliveries of the emulated GitHub. */
export const receiver: Service = {
  name: "receiver",
  after: [],
  listens: true,
  prepare(context) {
    const own = context.credentials.existing.kubeconfig === undefined;
    writeJson(configPath(context, "receiver"), {
      port: context.port("receiver"),
      directory: context.directory.root,
      ...(own ? { apiServerPort: context.port("kube-apiserver") } : {}),
    });
    return Promise.resolve();
  },
  launch: (context) => ({
    argv: runs("sandbox/receiver.ts", configPath(context, "receiver")),
    cwd: projectRoot,
    environment: {
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
    writeJson(configPath(context, "github"), {
      port: context.port("github"),
      dataDirectory: context.directory.data("github"),
      token: context.credentials.githubToken,
      organization: githubOrganization,
      controlToken: context.credentials.generated("github-control"),
      // Where a delivery to production's address really goes.
      hostMap: { [receiverHost]: `http://127.0.0.1:${String(context.port("receiver"))}` },
    });
    return Promise.resolve();
  },
  launch: (context) => ({
    argv: runs("sandbox/github/server.ts", configPath(context, "github")),
    cwd: projectRoot,
    environment: {
      MESH_SIX_SOURCE: sourceHash("sandbox/github"),
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
    if (!response.ok) throw new Error(`the GitHub emulator answers ${String(response.status)}`);
  },
};

/** The stand-in for ArgoCD: applies and prunes what an Application names, as the real one would. */
export const argocd: Service = {
  name: "argocd",
  after: ["kube-apiserver"],
  listens: false,
  prepare(context) {
    writeJson(configPath(context, "argocd"), {
      kubeconfig: context.directory.kubeconfig,
      context: sandboxContext,
      kubectl: context.toolchain.kubectl,
      overlay: join(projectRoot, "sandbox/argocd/overlay"),
    });
    return Promise.resolve();
  },
  launch: (context) => ({
    argv: runs("sandbox/argocd/reconciler.ts", configPath(context, "argocd")),
    cwd: projectRoot,
    environment: {
      MESH_SIX_SOURCE: sourceHash("sandbox/argocd"),
      MESH_SIX_API_SERVER: `https://127.0.0.1:${String(context.port("kube-apiserver"))}`,
    },
  }),
};
