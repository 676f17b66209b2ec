// The one door to every npm script: runs on any Node from 20 on, installs the dependencies when they are
// missing or older than package-lock.json, then hands over to the Node 24 that came with them, which runs
// TypeScript as it is.  usage: node toolchain/start.mjs FILE.ts [arguments]
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const stamp = join(modules, ".mesh-six-installed");

const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  process.stderr.write("Installing the npm dependencies (once, about a minute)…\n");
  const install = spawnSync("npm", ["ci", "--loglevel=error", "--no-fund", "--no-audit"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (install.status !== 0) {
    process.stderr.write(
      "npm ci failed (its own words are above). Mend that and run the same command again.\n",
    );
    process.exit(install.status ?? 1);
  }
  writeFileSync(stamp, lock);
}

const bin = join(modules, ".bin");
const node = join(bin, "node");
if (!existsSync(node)) {
  process.stderr.write(
    `${node} is missing: npm was told not to run install scripts. Run "npm rebuild node" and try again.\n`,
  );
  process.exit(1);
}
const [file, ...rest] = process.argv.slice(2);
const child = spawn(node, ["--disable-warning=ExperimentalWarning", file, ...rest], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` },
});
// The terminal sends Ctrl-C to the whole group: the child cleans up, and this process waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
