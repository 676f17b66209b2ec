// Installs the npm dependencies: once, however many commands start at the same time, and again after having
// been killed in the middle. Plain JavaScript, since it runs on Node 20, before Node 24 is there.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDirectory, lockInCache } from "../obtain/cacheDirectory.mjs";
import { processStart } from "../../lib/process/processStart.mjs";

/**
 * Runs `npm ci` in the folder unless exactly what its package-lock.json names is installed.
 * @throws one line that says what to do
 */
export async function installDependencies(root) {
  if (installed(root)) return;
  // Not in node_modules, which `npm ci` removes first of all.
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const path = join(cacheDirectory(), "locks", `npm-${name}`);
  const release = await lockInCache(path, {
    waiting: ({ pid }) =>
      process.stderr.write(`Waiting for process ${pid}, which installs the npm dependencies …\n`),
  });
  try {
    await endOrphan(`${path}.running`);
    if (installed(root)) return;
    process.stderr.write("Installing the npm dependencies (once, about a minute) …\n");
    await install(root, `${path}.running`);
  } finally {
    release();
  }
}

/**
 * Whether node_modules holds what package-lock.json says. npm writes .package-lock.json into it when all else
 * is done, so an installation that was killed has none.
 */
function installed(root) {
  const wanted = packages(join(root, "package-lock.json"));
  const present = packages(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional, link }]) => {
    if (path === "" || link) return true;
    const found = present[path];
    // npm installs only the optional packages for this platform.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

function packages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

async function install(root, running) {
  const windows = process.platform === "win32";
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const end = (signal) => {
    killGroup(child.pid);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  // Before there is anything to end: a signal in between would leave npm running.
  for (const signal of signals) process.on(signal, end);
  const child = spawn("npm", ["ci", "--loglevel=error", "--no-fund", "--no-audit"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: windows,
    // A group of its own, so that it can be ended together with the scripts it runs.
    detached: !windows,
  });
  if (child.pid !== undefined) {
    writeFileSync(running, JSON.stringify({ pid: child.pid, start: processStart(child.pid) }));
  }
  const code = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.code));
    child.on("exit", (status, signal) => resolve(status ?? signal));
  });
  for (const signal of signals) process.off(signal, end);
  rmSync(running, { force: true });
  if (code === 0) return;
  throw new Error(
    code === "ENOENT"
      ? "npm is not on PATH: install it (it comes with Node, https://nodejs.org) and run the same command again."
      : `npm ci failed (${code}; its own words are above). Mend that and run the same command again.`,
  );
}

/** An `npm ci` whose starter was killed goes on, and would remove what the next one installs. */
async function endOrphan(running) {
  let orphan;
  try {
    orphan = JSON.parse(readFileSync(running, "utf8"));
  } catch {
    return;
  }
  while (orphan.start !== undefined && processStart(orphan.pid) === orphan.start) {
    killGroup(orphan.pid);
    await sleep(100);
  }
  rmSync(running, { force: true });
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
