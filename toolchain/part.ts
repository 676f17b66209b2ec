import { mkdir, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { contentKey, findEntry, makeEntry, type MakeOptions } from "./cache.ts";
import { buildKey, findGo, goBuild, type Go, type GoTarget } from "./go.ts";
import { duration, step, type Progress } from "./progress.ts";

/** One thing the toolchain consists of: looked for first, and only then made. */
export interface Part<T> {
  /** Looks at what the machine has: quick, no network, no build. */
  readonly find: () => Promise<T | undefined>;
  /** Downloads or builds it. */
  readonly obtain: (workshop: Workshop) => Promise<T>;
}

/** What a part needs to be made. */
export interface Workshop {
  /** Tells a line; the step's number is put before it. */
  readonly progress: Progress;
  /** Ends what still runs once another part has failed. */
  readonly signal: AbortSignal;
  /** The machine's Go, looked for once. @throws one line when there is none that fits */
  readonly go: () => Promise<Go>;
  /** Runs builds one after the other: each uses all cores already. */
  readonly inTurn: <T>(build: () => Promise<T>) => Promise<T>;
}

/** A workshop without a number yet; `numbered` gives each part its own. */
export function openWorkshop(progress: Progress, signal: AbortSignal): Workshop {
  let go: Promise<Go> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    progress,
    signal,
    go: () => (go ??= findGo()),
    inTurn: (build) => {
      const mine = last.then(() => {
        signal.throwIfAborted();
        return build();
      });
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** Tells every ten seconds which process one waits for, and that it "builds the engine". */
export function waitingFor(deed: string, workshop: Workshop): MakeOptions {
  const waiting = (pid: number, waited: number) =>
    workshop.progress(`waiting for process ${pid}, which ${deed} … ${duration(waited)}`);
  return { waiting, signal: workshop.signal };
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
  /** How long building it usually takes, for a person. */
  readonly expected: string;
}

/** The cache entry's folder, or undefined when the binary has not been built on this machine. */
export async function findBuilt(binary: BuiltBinary): Promise<string | undefined> {
  return findEntry(binary.name, await entryKey(binary));
}

/** Builds the binary, or waits for another process that does, and returns its cache entry's folder. */
export async function build(binary: BuiltBinary, workshop: Workshop): Promise<string> {
  const key = await entryKey(binary);
  return workshop.inTurn(() =>
    makeEntry(binary.name, key, waitingFor(`builds the ${binary.title}`, workshop), async (unfinished) => {
      const go = await workshop.go();
      const program = join(unfinished, binary.file);
      await mkdir(dirname(program), { recursive: true });
      await step(
        workshop.progress,
        `building the ${binary.title} with ${go.version}`,
        { expected: binary.expected },
        () => goBuild(go, binary.target, program, workshop.signal),
      );
      for (const name of binary.links) await symlink(basename(program), join(dirname(program), name));
    }),
  );
}

async function entryKey(binary: BuiltBinary): Promise<string> {
  return contentKey([await buildKey(binary.target), binary.file, ...binary.links]);
}
