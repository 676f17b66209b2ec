import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sources from "../../toolchain/crds/sources.json" with { type: "json" };
import { findGo } from "../../toolchain/obtain/go.ts";
import { compareVersions } from "../../toolchain/versions.ts";
import { run } from "../../lib/process/run.ts";

/** A dependency of which there is a newer version, or of which nobody could tell. */
export interface Outdated {
  /** The file that holds the version. */
  readonly file: string;
  readonly name: string;
  readonly current: string;
  /** Undefined where the registry did not say. */
  readonly newest: string | undefined;
}

/** A version without its `v` and what follows a hyphen. */
const numbers = (version: string) => version.replace(/^v/, "").split("-")[0] ?? version;

/** The packages of `npm outdated --json`. */
type Packages = Readonly<Record<string, { readonly current?: string; readonly latest?: string }>>;

/**
 * Every dependency that is behind: packages of npm, and modules that the toolchain is built from or reads CRDs of.
 * Asks the npm registry and Go's module proxy; what they do not answer is in the list without a newest version.
 */
export async function findOutdated(): Promise<readonly Outdated[]> {
  const [packages, modules] = await Promise.all([npmPackages(), goModules()]);
  return [...packages, ...modules].filter(
    ({ current, newest }) => newest === undefined || compareVersions(numbers(current), numbers(newest)) < 0,
  );
}

async function npmPackages(): Promise<readonly Outdated[]> {
  // Its exit code is 1 where something is outdated.
  const { stdout, stderr } = await run("npm", ["outdated", "--json"]);
  const file = "package.json";
  try {
    const packages = JSON.parse(stdout || "{}") as Packages;
    return Object.entries(packages).map(([name, { current = "none", latest }]) => ({
      file,
      name,
      current,
      newest: latest,
    }));
  } catch {
    throw new Error(`npm outdated: expected JSON, got: ${(stdout || stderr).trim().split("\n")[0] ?? ""}`);
  }
}

async function goModules(): Promise<readonly Outdated[]> {
  const modules = [...builtModules(), ...crdModules()];
  const newest = await newestOf(modules.map(({ name }) => name));
  return modules.map((module) => ({ ...module, newest: newest.get(module.name) }));
}

/** The modules that a go.mod of the toolchain asks for, without those that only follow from them. */
function builtModules(): readonly Omit<Outdated, "newest">[] {
  const root = join(import.meta.dirname, "../../toolchain/modules");
  return readdirSync(root).flatMap((folder) => {
    const file = `toolchain/modules/${folder}/go.mod`;
    const text = readFileSync(join(root, folder, "go.mod"), "utf8");
    return requiredBy(text).map(({ name, version }) => ({ file, name, current: version }));
  });
}

/** The requirements of a go.mod itself: direct ones, and the module of its tool. */
export function requiredBy(goMod: string): readonly { readonly name: string; readonly version: string }[] {
  const [tool] = /^tool (\S+)$/m.exec(goMod)?.slice(1) ?? [];
  const required = [...goMod.matchAll(/^(?:require)?\s+(\S+\.\S+\/\S+) (v\S+)(.*)$/gm)];
  return required
    .filter(([, name = "", , rest = ""]) => !rest.includes("// indirect") || tool?.startsWith(`${name}/`))
    .map(([, name = "", version = ""]) => ({ name, version }));
}

function crdModules(): readonly Omit<Outdated, "newest">[] {
  const file = "toolchain/crds/sources.json";
  return Object.values(sources).map(({ module, version }) => ({ file, name: module, current: version }));
}

/** The newest version of each module, by its name. */
async function newestOf(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const go = await findGo();
  const queries = [...new Set(names)].map((name) => `${name}@latest`);
  // With -e a module that is not found has a line too, without a version.
  const args = ["list", "-m", "-e", "-f", "{{.Path}} {{.Version}}", ...queries];
  const { stdout } = await run(go.command, args, { cwd: tmpdir(), env: { ...go.env, GOFLAGS: "-mod=mod" } });
  const found = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    found.flatMap(([name = "", version = ""]) => (version.startsWith("v") ? [[name, version]] : [])),
  );
}
