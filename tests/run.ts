/**
 * The test suite: `npm test` for all of it, `npm test -- --unit` for what needs neither toolchain nor server,
 * `npm test -- --engine` for what drives the real engine, `npm test -- NAME…` for the files whose path holds a NAME.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { progressToStderr } from "../toolchain/progress.ts";
import { resolveToolchain } from "../toolchain/resolve.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folders of the suite, quickest first: what is wrong shows early. */
const folders = { unit: "tests/unit", providers: "tests/providers", integration: "tests/integration" };

function chosenFiles(): string[] {
  const { values, positionals } = parseArgs({
    options: { unit: { type: "boolean" }, engine: { type: "boolean" } },
    allowPositionals: true,
  });
  const names = values.unit ? [folders.unit] : values.engine ? [folders.integration] : Object.values(folders);
  const files = names.flatMap((folder) =>
    globSync(join(root, folder, "**/*.test.ts"))
      .map((path) => relative(root, path))
      .sort(),
  );
  if (positionals.length === 0) return files;
  const wanted = files.filter((file) => positionals.some((name) => file.includes(name)));
  if (wanted.length === 0) throw new Error(`No test file's path holds ${positionals.join(" or ")}.`);
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

try {
  const files = chosenFiles();
  // Made once here, with its progress to be seen, and not by several test files that wait for each other.
  if (files.some((file) => !file.startsWith(folders.unit))) {
    await resolveToolchain({ progress: progressToStderr() });
  }
  process.exitCode = await run(files);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
