/** Loaded by NODE_OPTIONS into each Node process of a test: notes its largest resident memory, in kilobytes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setInterval } from "node:timers";

const folder = process.env["MESH_SIX_MEMORY"];

function largest() {
  // On Linux, maxRSS of a process begins with that of the process that started it.
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

const note = () =>
  writeFileSync(join(folder, String(process.pid)), `${largest()} ${process.argv.slice(1).join(" ")}`);
// The engine kills its providers, which then note nothing at their end.
setInterval(note, 50).unref();
process.on("exit", note);
