import { mkdir, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { contentKey, findEntry, makeEntry, type MakeOptions } from "../obtain/cache.ts";
import { BuildQueue } from "../obtain/builds.ts";
import { buildKey, findGo, goBuild, type Go, type GoTarget } from "../obtain/go.ts";
import { SharedPackages } from "../obtain/sharedPackages.ts";
import { duration, step, type Progress } from "../progress.ts";

/** One thing the toolchain consists of: looked for first, and only then made. */
export interface Part<T> {
  /** Looks at what the machine has: quick, no network, no build. */
  readonly find: () => Promise<T | undefined>;
  /** Downloads or builds it. */
  readonly obtain: (context: PartContext) => Promise<T>;
}

/** The surroundings of a part that is being obtained. */
export interface PartContext {
  /** Tells a line; the step's number is put before it. */
  readonly progress: Progress;
  /** Ends what still runs once another part has failed. */
  readonly signal: AbortSignal;
  /** The machine's Go, looked for once. @throws one line when there is none that fits */
  readonly go: () => Promise<Go>;
  readonly builds: BuildQueue;
  /** Before each build, where several may be needed. */
  readonly shared: SharedPackages | undefined;
}

/**
 * A context without a number yet; `numbered` gives each part its own.
 *
 * @param several - whether more than one build may be needed @default false
 */
export function openContext(progress: Progress, signal: AbortSignal, several = false): PartContext {
  let go: Promise<Go> | undefined;
  return {
    progress,
    signal,
    go: () => (go ??= findGo()),
    builds: new BuildQueue(signal),
    shared: several ? new SharedPackages(signal) : undefined,
  };
}

/** Tells every ten seconds which process one waits for, and that it "builds the engine". */
export function waitingFor(deed: string, context: PartContext): MakeOptions {
  const waiting = (pid: number, waited: number) =>
    context.progress(`waiting for process ${pid}, which ${deed} … ${duration(waited)}`);
  return { waiting, signal: context.signal };
}

/** A binary built from one of the Go modules beside this file. */
export interface BuiltBinary {
  /** Its name in the cache: "control-plane". */
  readonly name: string;
  /** Its name for a person: "control plane". */
  readonly title: string;
  readonly target: GoTarget;
  /** Path of the program in its cache entry: "bin/pulumi". */
  readonly file: string;
  /** Further names of the program, beside it, for a program that acts by the name it is called by. */
  readonly links: readonly string[];
  /** Bytes of memory that building it takes at the peak. */
  readonly memory: number;
  /** The usual time of the build, for a person. */
  readonly expected: string;
}

/** The cache entry's folder, or undefined when the binary has not been built on this machine. */
export async function findBuilt(binary: BuiltBinary): Promise<string | undefined> {
  return findEntry(binary.name, await entryKey(binary));
}

/** Builds the binary, or waits for another process that does, and returns its cache entry's folder. */
export async function build(binary: BuiltBinary, context: PartContext): Promise<string> {
  const key = await entryKey(binary);
  return makeEntry(
    binary.name,
    key,
    waitingFor(`builds the ${binary.title}`, context),
    async (unfinished) => {
      const go = await context.go();
      const program = join(unfinished, binary.file);
      await mkdir(dirname(program), { recursive: true });
      await context.builds.run(binary.memory, (share) =>
        step(
          context.progress,
          `building the ${binary.title} with ${go.version}`,
          { expected: binary.expected },
          async () => {
            await context.shared?.compile(go, binary.target);
            await goBuild(go, binary.target, program, { signal: context.signal, ...share });
          },
        ),
      );
      for (const name of binary.links) await symlink(basename(program), join(dirname(program), name));
    },
  );
}

/** The path of a program that is nowhere to be downloaded. */
export function builtProgram(binary: BuiltBinary): Part<string> {
  return {
    find: async () => {
      const directory = await findBuilt(binary);
      return directory === undefined ? undefined : join(directory, binary.file);
    },
    obtain: async (context) => join(await build(binary, context), binary.file),
  };
}

async function entryKey(binary: BuiltBinary): Promise<string> {
  return contentKey([await buildKey(binary.target), binary.file, ...binary.links]);
}
