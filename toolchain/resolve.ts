import { controlPlane, type ControlPlane } from "./controlPlane.ts";
import { crds, type Crds } from "./crds.ts";
import { engine, type Engine } from "./engine.ts";
import { openWorkshop, type Part, type Workshop } from "./part.ts";
import { findLanguageHost } from "./plugins.ts";
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
}

/**
 * Finds the toolchain on the machine, and makes what is missing: downloads side by side, builds one after the
 * other. What was made is cached outside the project; a second call only looks.
 * @throws the first part's failure, in one line that says what to do, after everything else has been ended
 */
export async function resolveToolchain(options: ResolveOptions): Promise<Toolchain> {
  const abort = new AbortController();
  const parts = { engine, controlPlane, crds };
  const missing: string[] = [];
  const found = {
    engine: await engine.find(),
    controlPlane: await controlPlane.find(),
    crds: await crds.find(),
  };
  for (const name of Object.keys(parts) as (keyof typeof parts)[])
    if (found[name] === undefined) missing.push(name);
  const workshop = openWorkshop(options.progress, abort.signal);
  const get = async <T>(name: string, part: Part<T>, present: T | undefined): Promise<T> => {
    if (present !== undefined) return present;
    const number = `[${missing.indexOf(name) + 1}/${missing.length}]`;
    const numbered: Workshop = { ...workshop, progress: (line) => options.progress(`${number} ${line}`) };
    try {
      return await part.obtain(numbered);
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  };
  const all = [
    get("engine", engine, found.engine),
    get("controlPlane", controlPlane, found.controlPlane),
    get("crds", crds, found.crds),
  ] as const;
  await Promise.allSettled(all);
  abort.signal.throwIfAborted();
  const [theEngine, servers, files] = await Promise.all(all);
  return {
    engine: theEngine,
    ...servers,
    crds: files,
    languageHost: await findLanguageHost(theEngine.command),
  };
}
