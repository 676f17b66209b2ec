import { join } from "node:path";
import { build, builtProgram, findBuilt, type BuiltBinary, type Part } from "./part.ts";
import { onPath, run } from "../../lib/process/run.ts";
import { argocd, findRelease, obtainRelease } from "../obtain/releases.ts";
import { compareVersions, versions } from "../versions.ts";

/** The servers of Argo CD, and the kustomize they call. */
export interface ArgoCdServers {
  /** Path of the program that holds all servers; ARGOCD_BINARY_NAME in its environment names the one to be. */
  readonly argocd: string;
  /** Path of kustomize. The repository server finds it by its name, so its folder has to be on PATH. */
  readonly kustomize: string;
  readonly source: "path" | "downloaded" | "built";
}

/** All that the sandbox runs of Argo CD. */
export interface ArgoCd extends ArgoCdServers {
  /** A Redis for the servers' cache; takes `--port PORT`, and its password from REDIS_PASSWORD. */
  readonly redis: readonly string[];
}

const serversBinary: BuiltBinary = {
  name: "argocd",
  title: argocd.title,
  target: {
    directory: join(import.meta.dirname, "..", "modules", "argocd"),
    package: ".",
    define: { "github.com/argoproj/argo-cd/v3/common.version": versions.argocd },
  },
  file: "argocd",
  links: ["kustomize"],
  memory: 3e9,
  expected: "about 8 min on 2 cores",
};

/** Argo CD's servers and kustomize. */
export const argocdPart: Part<ArgoCdServers> = {
  find: async () => {
    const present = await presentServers();
    if (present !== undefined) return present;
    const downloaded = findRelease(argocd);
    if (downloaded !== undefined) return serversIn(downloaded, "downloaded");
    const built = await findBuilt(serversBinary);
    return built === undefined ? undefined : serversIn(built, "built");
  },
  obtain: async (context) => {
    const downloaded = await obtainRelease(argocd, context);
    if (downloaded !== undefined) return serversIn(downloaded, "downloaded");
    return serversIn(await build(serversBinary, context), "built");
  },
};

function serversIn(directory: string, source: ArgoCdServers["source"]): ArgoCdServers {
  return { argocd: join(directory, "argocd"), kustomize: join(directory, "kustomize"), source };
}

/** The `argocd` on PATH holds the servers too; it serves where it is of the same major version and not older. */
async function presentServers(): Promise<ArgoCdServers | undefined> {
  const [kustomize] = await onPath("kustomize");
  if (kustomize === undefined) return undefined;
  for (const command of await onPath("argocd")) {
    const { stdout } = await run(command, ["version", "--client", "--short"], { limit: 20_000 });
    const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? "0.0.0";
    const major = version.split(".")[0];
    if (compareVersions(version, versions.argocd) < 0 || major !== versions.argocd.split(".")[0]) continue;
    return { argocd: command, kustomize, source: "path" };
  }
  return undefined;
}

const redisBinary: BuiltBinary = {
  name: "redis",
  title: "Redis of Argo CD",
  target: { directory: join(import.meta.dirname, "..", "modules", "redis"), package: ".", define: {} },
  file: "redis",
  links: [],
  memory: 5e8,
  expected: "about 10 s",
};

/** A Redis that keeps everything in memory. There is no release of it to download. */
export const redisPart: Part<string> = builtProgram(redisBinary);
