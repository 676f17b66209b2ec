// The one door to every npm script: runs on any Node from 20 on, installs the dependencies when they are
// missing or other than package-lock.json says, then hands over to the Node 24 that came with them, which runs
// TypeScript as it is.  usage: node toolchain/start.mjs FILE.ts [arguments]
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(root, "node_modules", ".bin");
const node = join(bin, "node");

function stop(words, code = 1) {
  process.stderr.write(`${words}\n`);
  process.exit(code);
}

if (Number(process.versions.node.split(".")[0]) < 20) {
  stop(
    `Node ${process.versions.node} is too old: install Node 20 or newer (https://nodejs.org) and run again.`,
  );
}
const [file, ...rest] = process.argv.slice(2);
if (file === undefined) stop("usage: node toolchain/start.mjs FILE.ts [arguments]", 2);

const { installDependencies } = await import("./node/npm.mjs");
const { compileCache } = await import("./obtain/cacheDirectory.mjs");
const { pastProxy } = await import("../lib/network/proxy.mjs");
try {
  await installDependencies(root);
} catch (error) {
  stop(error.message);
}
if (!existsSync(node)) {
  stop(
    `${node} is missing: npm is set not to run install scripts. Run "npm rebuild --ignore-scripts=false" and try again.`,
  );
}

const lazily = ["--require", join(root, "toolchain/node/lazyModules.cjs")];
const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...lazily, file, ...rest], {
  cwd: root,
  stdio: "inherit",
  env: {
    NODE_COMPILE_CACHE: compileCache(),
    ...process.env,
    ...pastProxy(process.env),
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
  },
});
// A terminal sends Ctrl-C to the child as well, and it should not hear it twice; this process waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("error", (error) =>
  stop(`${node} does not start: ${error.message}. Remove node_modules and try again.`),
);
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
