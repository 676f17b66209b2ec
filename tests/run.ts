/** `npm test`: makes the toolchain where a file needs it, then runs node's own test runner. */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runCommand } from "../lib/cli/command.ts";
import { progressToStderr } from "../toolchain/progress.ts";
import { resolveToolchain } from "../toolchain/resolve.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folders of the suite, quickest first: what is wrong shows early. */
const folders = { unit: "tests/unit", providers: "tests/providers", integration: "tests/integration" };

const usage = `usage: npm test [-- OPTIONS] [NAME…]

The whole suite, or the files whose path holds a NAME.

  --unit     what needs neither toolchain nor server
  --engine   what drives the real engine
`;

/** The files that the command line names; undefined when it asks for help. */
function chosenFiles(): string[] | undefined {
  const { values, positionals } = parseArgs({
    options: {
      unit: { type: "boolean" },
      engine: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const names = values.unit ? [folders.unit] : values.engine ? [folders.integration] : Object.values(folders);
  const files = names.flatMap((folder) =>
    globSync(join(root, folder, "**/*.test.ts"))
      .map((path) => relative(root, path))
      .sort(),
  );
  if (positionals.length === 0) return files;
  const wanted = files.filter((file) => positionals.some((name) => file.includes(name)));
  if (wanted.length === 0) throw new Error(`no test file's path holds ${positionals.join(" or ")}`);
  return wanted;
}

/** Runs the files, at most as many at once as the machine has cores; ends with node's own summary. */
function run(files: readonly string[]): Promise<number> {
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
    { cwd: root, stdio: "inherit" },
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
  read: chosenFiles,
  run: async (files) => {
    // Made once here, with its progress to be seen, and not by several test files that wait for each other.
    if (files.some((file) => !file.startsWith(folders.unit))) {
      await resolveToolchain({ progress: progressToStderr() });
    }
    return run(files);
  },
  trouble: 2,
});
