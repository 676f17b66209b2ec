import { readdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { contentKey, fileParts } from "./cache.ts";
import { isExecutable, onPath, run } from "../../lib/process/run.ts";
import type { BuildShare } from "./builds.ts";
import { compareVersions, versions } from "../versions.ts";

/** A Go that can build the modules of this folder. */
export interface Go {
  readonly command: string;
  /** As Go says it: "go1.26.8". */
  readonly version: string;
  /** The environment for its commands: the user's proxy and caches, nothing that changes what is built. */
  readonly env: NodeJS.ProcessEnv;
}

/** The command of a Go module to build. */
export interface GoTarget {
  /** Folder with go.mod. */
  readonly directory: string;
  /** Package to build, as `go build` takes it. */
  readonly package: string;
  /** `-X` definitions: which variable gets which text. */
  readonly define: Readonly<Record<string, string>>;
}

/** Flags of the user's GOFLAGS that steer how Go works, not what it makes; all others are dropped. */
const harmlessFlags = /^-{1,2}(p|modcacherw|x|v)(=|$)/;

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Go's name for this machine's operating system: "linux", "darwin". */
export const goos = process.platform === "win32" ? "windows" : process.platform;

/** Go's name for this machine's processor: "amd64", "arm64". */
export const goarch = architectures[process.arch] ?? process.arch;

/**
 * The Go to build with: from PATH, else from where its installers put it.
 * @param places programs to try after those on PATH @default where installers put Go
 * @throws one line that names what was found and where to get a fitting one
 */
export async function findGo(places?: readonly string[]): Promise<Go> {
  const found: string[] = [];
  for (const command of new Set([...(await onPath("go")), ...(places ?? (await usualPlaces()))])) {
    if (!(await isExecutable(command))) continue;
    const go = await examine(command);
    if (typeof go !== "string") return go;
    found.push(go);
  }
  const seen = found.length === 0 ? "none is on PATH or in the usual places" : `found ${found.join(", ")}`;
  throw new Error(
    `Go ${versions.go} or newer is needed to build what could not be downloaded: ${seen}. ` +
      `Install it from https://go.dev/dl/ and run the same command again.`,
  );
}

async function usualPlaces(): Promise<string[]> {
  const home = homedir();
  const sdks = await readdir(join(home, "sdk")).catch(() => []);
  return [
    ...(process.env["GOROOT"] ? [join(process.env["GOROOT"], "bin/go")] : []),
    "/usr/local/go/bin/go",
    "/opt/homebrew/bin/go",
    "/snap/bin/go",
    `/usr/lib/go-${versions.go.split(".").slice(0, 2).join(".")}/bin/go`,
    ...sdks.filter((name) => name.startsWith("go")).map((name) => join(home, "sdk", name, "bin/go")),
  ];
}

/** The Go behind the command, or the words for why it does not do. */
async function examine(command: string): Promise<Go | string> {
  const own = await run(command, ["env", "GOVERSION", "GOFLAGS", "GOTOOLCHAIN"], { cwd: tmpdir() });
  if (own.code !== 0) return `${command} (does not run: ${own.stderr.trim().split("\n")[0] ?? ""})`;
  const [version = "", flags = "", toolchain = ""] = own.stdout.split("\n");
  const number = version.replace(/^(devel )?go/, "").replace(/[^0-9.].*$/, "");
  // From 1.21 on, Go itself fetches the newer toolchain a module asks for, unless its settings forbid it.
  const fetches = compareVersions(number, "1.21.0") >= 0 && !/^(local|path|go[0-9.]+)$/.test(toolchain);
  if (compareVersions(number, versions.go) < 0 && !fetches) return `${command} ${version}`;
  return { command, version, env: environment(flags) };
}

/**
 * The environment of Go's commands. GOPROXY, GOMODCACHE, GOCACHE and the like stay the user's. CGO is off: no C
 * compiler is needed, and the binary runs on any C library.
 */
function environment(flags: string): NodeJS.ProcessEnv {
  const kept = flags.split(/\s+/).filter((flag) => harmlessFlags.test(flag));
  return {
    ...process.env,
    GOFLAGS: [...kept, "-mod=readonly"].join(" "),
    GOWORK: "off",
    GO111MODULE: "on",
    GOOS: goos,
    GOARCH: goarch,
    CGO_ENABLED: "0",
  };
}

/**
 * Compiles no tables for debuggers: linking throws them away, and they cost a fifth of the time. The traces of a panic
 * do not need them.
 */
const withoutDebugTables = "-gcflags=all=-dwarf=false";

/** Flags that the compiled packages depend on. */
export const compiled = ["-trimpath", "-buildvcs=false", withoutDebugTables] as const;

/** A key that changes with whatever changes the binary; needs no Go to be found. */
export async function buildKey(target: GoTarget): Promise<string> {
  const names = (await readdir(target.directory)).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name)).sort();
  const files = await fileParts(names.map((name) => join(target.directory, name)));
  // The program does the same with and without: one that is there already is not built again for it.
  const flags = buildArguments(target).filter((flag) => flag !== withoutDebugTables);
  return contentKey([...files, ...flags, goos, goarch]);
}

function buildArguments(target: GoTarget): string[] {
  const defines = Object.entries(target.define).map(([name, value]) => `-X ${name}=${value}`);
  return ["build", ...compiled, `-ldflags=${["-s -w", ...defines].join(" ")}`, target.package];
}

/**
 * Builds the target into one file.
 * @throws with the last lines Go wrote
 */
export async function goBuild(
  go: Go,
  target: GoTarget,
  output: string,
  options: BuildShare & { readonly signal: AbortSignal },
): Promise<void> {
  const { signal, gogc } = options;
  const [verb = "", ...rest] = buildArguments(target);
  const outcome = await run(go.command, [verb, "-o", output, ...rest], {
    cwd: target.directory,
    env: { ...go.env, ...(gogc === undefined ? {} : { GOGC: gogc }) },
    signal,
  });
  if (outcome.code === 0) return;
  if (outcome.code === null) {
    throw new Error(
      `go build ${target.package} in ${target.directory} was killed, perhaps for want of memory: ` +
        `run the same command again, it goes on where it was.`,
    );
  }
  const words = outcome.stderr.trim().split("\n").slice(-12).join("\n");
  throw new Error(
    `go build ${target.package} in ${target.directory} failed with ${go.version}. Go said:\n${words}\n` +
      `If it could not download a module, check the network and GOPROXY (go env GOPROXY), then run again.`,
  );
}
