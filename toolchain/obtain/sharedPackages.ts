import { tmpdir } from "node:os";
import { compiled, type Go, type GoTarget } from "./go.ts";
import { run } from "../../lib/process/run.ts";

/** A package of another module that a target is built from, with that module and its version. */
const format = "{{with .Module}}{{if not .Main}}{{$.ImportPath}} {{.Path}}@{{.Version}}{{end}}{{end}}";

/**
 * Compiles, once, what several builds have in common: Go's standard library and the packages that they use in the same
 * version. Builds that start together would each compile them, since Go knows what is in its cache, but not what another
 * process compiles.
 */
export class SharedPackages {
  readonly #signal: AbortSignal;
  readonly #listed: { readonly target: GoTarget; readonly packages: Promise<ReadonlySet<string>> }[] = [];
  #compiled: Promise<void> | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Resolves once they are in Go's cache. A target that comes when its packages can no longer be regarded is built as
   * ever. Where something fails, the build itself says why.
   */
  compile(go: Go, target: GoTarget): Promise<void> {
    // Listing downloads the modules, which needs no core while the library is being compiled.
    this.#listed.push({ target, packages: this.#packagesOf(go, target) });
    return (this.#compiled ??= this.#compile(go));
  }

  async #compile(go: Go): Promise<void> {
    await this.#build(go, tmpdir(), ["std"]);
    const lists = await Promise.all(
      this.#listed.map(async ({ target, packages }) => ({ target, packages: await packages })),
    );
    for (const [directory, packages] of common(lists)) await this.#build(go, directory, packages);
  }

  async #packagesOf(go: Go, target: GoTarget): Promise<ReadonlySet<string>> {
    const outcome = await run(go.command, ["list", "-deps", "-f", format, target.package], {
      cwd: target.directory,
      env: go.env,
      signal: this.#signal,
    });
    return new Set(outcome.stdout.split("\n").filter((line) => line !== ""));
  }

  async #build(go: Go, cwd: string, packages: readonly string[]): Promise<void> {
    await run(go.command, ["build", ...compiled, ...packages], { cwd, env: go.env, signal: this.#signal });
  }
}

/** By folder, the packages of its target that a later target uses in the same version. */
function common(
  lists: readonly { readonly target: GoTarget; readonly packages: ReadonlySet<string> }[],
): Map<string, string[]> {
  const taken = new Set<string>();
  return new Map(
    lists.flatMap(({ target, packages }, i) => {
      const found = [...packages].filter(
        (one) => !taken.has(one) && lists.slice(i + 1).some((later) => later.packages.has(one)),
      );
      for (const one of found) taken.add(one);
      return found.length === 0
        ? []
        : [[target.directory, found.map((one) => one.split(" ")[0] ?? one)] as const];
    }),
  );
}
