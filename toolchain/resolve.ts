import { commands, kwokPart, serversPart, type ControlPlane } from "./controlPlane.ts";
import { crds, type Crds } from "./crds.ts";
import { engine, type Engine } from "./engine.ts";
import { openWorkshop, type Part } from "./part.ts";
import { findLanguageHost, installMissingPlugins } from "./plugins.ts";
import type { Progress } from "./progress.ts";

/** Everything the sandbox runs that does not come from npm. */
export interface Toolchain extends ControlPlane {
  readonly engine: Engine;
  /** Path of pulumi-language-nodejs, when there is one: plain `pulumi up` needs it, inline programs do not. */
  readonly languageHost: string | undefined;
  readonly crds: Crds;
}

/** How to resolve the toolchain. */
export interface ResolveOptions {
  /** Takes lines like `[2/3] building the control-plane … 40 s (about 7 min on 2 cores)`. */
  readonly progress: Progress;
  /** Whether to try to download official plugins that are missing. @default true */
  readonly installPlugins?: boolean;
}

/**
 * Finds the toolchain on the machine, and makes what is missing: downloads side by side, builds one after the
 * other. What was made is cached outside the project; a second call only looks.
 * @throws the first part's failure, in one line that says what to do, after everything else has been ended
 */
export async function resolveToolchain(options: ResolveOptions): Promise<Toolchain> {
  const abort = new AbortController();
  const workshop = openWorkshop(options.progress, abort.signal);
  const lookups = await Promise.all([look(engine), look(serversPart), look(kwokPart), look(crds)]);
  const missing = lookups.filter(({ found }) => found === undefined).map(({ part }) => part as unknown);
  const get = async <T>({ part, found }: Lookup<T>): Promise<T> => {
    if (found !== undefined) return found;
    const number = `[${missing.indexOf(part) + 1}/${missing.length}]`;
    try {
      return await part.obtain({ ...workshop, progress: (line) => options.progress(`${number} ${line}`) });
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  };
  const [first, second, third, fourth] = lookups;
  const all = [get(first), get(second), get(third), get(fourth)] as const;
  await Promise.allSettled(all);
  abort.signal.throwIfAborted();
  const [pulumi, server, node, files] = await Promise.all(all);
  if (options.installPlugins !== false) await installMissingPlugins(pulumi.command, workshop);
  return {
    engine: pulumi,
    ...commands(server, node),
    crds: files,
    languageHost: await findLanguageHost(pulumi.command),
  };
}

/** A part, and what of it the machine has. */
interface Lookup<T> {
  readonly part: Part<T>;
  readonly found: T | undefined;
}

async function look<T>(part: Part<T>): Promise<Lookup<T>> {
  return { part, found: await part.find() };
}
