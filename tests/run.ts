/** `npm test`: makes the toolchain where a file needs it, then runs node's own test runner. */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand } from "../lib/cli/command.ts";
import { obtainWished } from "../sandbox/engine/pluginChoice.ts";
import { asTold, enginePasses, operatorPasses, type Pass } from "./passes.ts";
import { compareEnds } from "./support/cluster/ends.ts";
import { progressToStderr } from "../toolchain/progress.ts";
import { resolveToolchain } from "../toolchain/resolve.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The files of each suite; those of all of them quickest first: what is wrong shows early. */
const below = (folder: string) => `tests/${folder}/**/*.test.ts`;
const suites = {
  unit: [below("unit")],
  engine: [below("integration")],
  operators: [below("integration/takeOver"), "tests/integration/release/release.test.ts"],
  all: [below("unit"), below("providers"), below("integration")],
};

const usage = `usage: npm test [-- OPTIONS] [NAME…]

The whole suite, or the files whose path holds a NAME.

  --unit        tests that need neither toolchain nor server
  --engine      tests that drive the real engine; once more with the official Kubernetes plugin, which is built
                the first time (about 6 minutes on 2 cores), unless MESH_SIX_PLUGINS says which plugins to use
  --operators   the take-over and releases, against the stand-in for Argo CD, against the real one, which is downloaded
                or built the first time (about 8 minutes on 2 cores), and against the real one with the built official
                Kubernetes plugin, as for --engine; what they leave is compared object by object
  --without NAME  leaves out the files whose path holds it; repeatable
`;

/** The choice on the command line. */
interface Wanted {
  readonly files: readonly string[];
  readonly suite: "unit" | "engine" | "operators" | "all";
}

/** Reads the choice from the command line; undefined when it asks for help. */
function chosen(): Wanted | undefined {
  const line = readCommandLine(
    {
      unit: { type: "boolean" },
      engine: { type: "boolean" },
      operators: { type: "boolean" },
      without: { type: "string", multiple: true, default: [] },
    },
    { operands: true },
  );
  if (line === undefined) return undefined;
  const { values, operands: positionals } = line;
  const suite = (["unit", "engine", "operators"] as const).find((name) => values[name]) ?? "all";
  const all = suites[suite].flatMap((pattern) =>
    globSync(join(root, pattern))
      .map((path) => relative(root, path))
      .sort(),
  );
  const isLeftOut = (file: string) => values.without.some((name) => file.includes(name));
  const files = all.filter((file) => !isLeftOut(file));
  for (const file of all.filter(isLeftOut)) process.stderr.write(`left out, as asked: ${file}\n`);
  if (positionals.length === 0) return { files, suite };
  const wanted = files.filter((file) => positionals.some((name) => file.includes(name)));
  if (wanted.length === 0) throw new Error(`no test file's path holds ${positionals.join(" or ")}`);
  return { files: wanted, suite };
}

async function passesOf(suite: Wanted["suite"]): Promise<readonly Pass[]> {
  if (suite === "engine") return enginePasses(progressToStderr());
  if (suite === "operators") return operatorPasses(progressToStderr());
  return asTold;
}

/** The differences between the ends of the runs and those of the first one. */
function differentEnds([first, ...others]: readonly Pass[]): string[] {
  const folder = (pass: Pass | undefined) => pass?.environment["MESH_SIX_ENDS"] ?? "";
  return others.flatMap((pass) =>
    compareEnds(folder(first), folder(pass)).map((line) => `different ${pass.title}: ${line}`),
  );
}

/** Runs the files, at most as many at once as the machine has cores; ends with node's own summary. */
function run(files: readonly string[], { title, environment }: Pass): Promise<number> {
  if (title !== "") process.stderr.write(`\n${title}\n`);
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--test",
      "--test-reporter=spec",
      // A file here is often a whole sandbox: more at once than cores would only make each of them wait.
      `--test-concurrency=${Math.min(availableParallelism(), 4)}`,
      ...files,
    ],
    { cwd: root, stdio: "inherit", env: { ...process.env, ...environment } },
  );
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(signal ? 130 : (code ?? 1));
    });
  });
}

runCommand({
  usage,
  read: chosen,
  run: async ({ files, suite }) => {
    // Made once here, with its progress to be seen, and not by several test files that wait for each other.
    if (files.some((file) => !file.startsWith("tests/unit/"))) {
      await resolveToolchain({ progress: progressToStderr(), argocd: suite === "operators" });
    }
    // Made here too, with its progress to be seen.
    if (suite !== "unit") await obtainWished(progressToStderr());
    const passes = await passesOf(suite);
    const codes: number[] = [];
    for (const pass of passes) codes.push(await run(files, pass));
    const different = suite === "operators" ? differentEnds(passes) : [];
    for (const line of different) process.stderr.write(`${line}\n`);
    return codes.find((code) => code !== 0) ?? (different.length > 0 ? 1 : 0);
  },
  trouble: 2,
});
