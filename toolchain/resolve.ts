import { argocdPart, redisPart, type ArgoCd } from "./parts/argocd.ts";
import { controlPlane, type ControlPlane } from "./parts/controlPlane.ts";
import { crds, type Crds } from "./parts/crds.ts";
import { engine, type Engine } from "./parts/engine.ts";
import { kubernetesPlugin } from "./parts/kubernetesPlugin.ts";
import { s3Server } from "./parts/s3.ts";
import { obtainParts } from "./obtain.ts";
import { findLanguageHost, installMissingPlugins } from "./parts/plugins.ts";
import type { Progress } from "./progress.ts";

/** The parts of the sandbox's services. */
export interface ServerTools extends ControlPlane {
  readonly crds: Crds;
  /** The real Argo CD, where it is asked for. */
  readonly argocd: ArgoCd | undefined;
}

/** The parts that an operation of Pulumi runs with. */
export interface EngineTools {
  readonly engine: Engine;
  /** Path of pulumi-language-nodejs, when there is one: plain `pulumi up` needs it, inline programs do not. */
  readonly languageHost: string | undefined;
}

/** Everything the sandbox runs that does not come from npm. */
export type Toolchain = ServerTools & EngineTools;

/** Options for resolving the toolchain. */
export interface ResolveOptions {
  /** Takes lines like `[2/3] building the control-plane … 40 s (about 7 min on 2 cores)`. */
  readonly progress: Progress;
  /** Whether to try to download official plugins that are missing. @default true */
  readonly installPlugins?: boolean;
  /** Whether the real Argo CD is needed too. @default false */
  readonly argocd?: boolean;
}

/** Both halves of the toolchain on their way: services can be started while the engine is still being built. */
export interface Resolving {
  /** Rejects with the first part's failure, once everything else has been ended. */
  readonly servers: Promise<ServerTools>;
  /** Rejects likewise. */
  readonly engine: Promise<EngineTools>;
}

/** Finds the toolchain on the machine and starts to make what is missing; what was made is cached for all projects. */
export async function startResolving(options: ResolveOptions): Promise<Resolving> {
  // In the order of need: the services start first, the engine comes last.
  const parts = { server: controlPlane, crds, engine };
  const wanted = options.argocd === true ? { ...parts, argocd: argocdPart, redis: redisPart } : parts;
  const { each, all } = await obtainParts(wanted as typeof parts & Partial<ArgoCdParts>, options.progress);
  // The first failure ends the others, which then fail because of it: its words are the ones to report.
  const first = <T>(half: Promise<T>): Promise<T> => half.catch(() => all.then(() => half));
  const servers = first(
    Promise.all([each.server, each.crds, each.argocd, each.redis]).then(
      ([server, files, argocd, redis]): ServerTools => ({
        ...server,
        crds: files,
        argocd: argocd === undefined || redis === undefined ? undefined : { ...argocd, redis: [redis] },
      }),
    ),
  );
  const pulumi = first(
    each.engine.then(async (found): Promise<EngineTools> => {
      if (options.installPlugins !== false)
        await installMissingPlugins(found.command, {
          progress: options.progress,
          signal: new AbortController().signal,
        });
      return { engine: found, languageHost: await findLanguageHost(found.command) };
    }),
  );
  for (const half of [servers, pulumi]) half.catch(() => undefined);
  return { servers, engine: pulumi };
}

interface ArgoCdParts {
  readonly argocd: typeof argocdPart;
  readonly redis: typeof redisPart;
}

/**
 * Finds the toolchain on the machine, and makes what is missing: downloads side by side, builds as far as memory
 * allows. A second call only looks.
 * @throws the first part's failure, in one line that says what to do, after everything else has been ended
 */
export async function resolveToolchain(options: ResolveOptions): Promise<Toolchain> {
  const { servers, engine } = await startResolving(options);
  return { ...(await servers), ...(await engine) };
}

/** Makes the official Kubernetes plugin from its Go module where that has not been done yet; returns its folder. */
export async function resolveKubernetesPlugin(progress: Progress): Promise<string> {
  const { all } = await obtainParts({ folder: kubernetesPlugin }, progress);
  return (await all).folder;
}

/** Makes the S3 server of the tests where that has not been done yet; returns the program's path. */
export async function resolveS3Server(progress: Progress): Promise<string> {
  const { all } = await obtainParts({ server: s3Server }, progress);
  return (await all).server;
}
