import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { processStart } from "./processStart.mjs";

/** One running process. The start time tells it from a later process that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly started: string;
}

/** The name under which every process of a sandbox carries its directory and role in its environment. */
export const processMark = "MESH_SIX_SANDBOX_PROCESS";

/** Whether a process of that number runs and was started before the time (milliseconds, as of Date.now). */
export function startedBefore(pid: number, time: number): boolean {
  const started = processStart(pid);
  if (started === undefined) return false;
  if (process.platform !== "linux") return !(Date.parse(started) > time + clockError);
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]) * 1_000;
  // In hundredths of a second since then, on every Linux (proc(5), sysconf(3)).
  return !(boot + Number(started) * 10 > time + clockError);
}

/** Both times are in whole seconds at worst, and the clock may have been set meanwhile. */
const clockError = 5_000;

export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = processStart(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return processStart(identity.pid) === identity.started;
}

/**
 * Every process that carries exactly this mark in its environment. It finds what a run that was killed between
 * starting a process and recording it left behind. Linux only: elsewhere the list is empty.
 */
export function markedProcesses(mark: string): ProcessIdentity[] {
  const wanted = `${processMark}=${mark}`;
  if (process.platform === "darwin") return markedByPs(wanted);
  return processesWith((variable) => variable === wanted).flatMap((pid) => identityOf(pid) ?? []);
}

/**
 * Numbers of the other processes that carry a variable in their environment which is so. Linux only: elsewhere there are
 * none.
 *
 * @param isSo - given each one as in `NAME=value`
 */
export function processesWith(isSo: (variable: string) => boolean): number[] {
  if (process.platform !== "linux") return [];
  return numbers().filter((pid) => pid !== process.pid && environmentOf(pid).some(isSo));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, "utf8").split("\0");
  } catch {
    return []; // gone meanwhile, or another user's
  }
}

/** The numbers of all processes, on Linux. */
function numbers(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** macOS shows the environment of one's own processes after the command. */
function markedByPs(wanted: string): ProcessIdentity[] {
  const rows = execFileSync("ps", ["-axEww", "-o", "pid=,command="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return rows.split("\n").flatMap((row) => {
    const pid = Number.parseInt(row, 10);
    if (pid === process.pid || !`${row} `.includes(` ${wanted} `)) return [];
    const identity = identityOf(pid);
    return identity === undefined ? [] : [identity];
  });
}

/**
 * Proportional memory of a process in bytes (PSS: shared pages are divided among their users), or its resident
 * memory where the kernel does not tell; undefined when the process is gone.
 */
export function memoryOf(pid: number): number | undefined {
  try {
    if (process.platform === "linux") {
      const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8");
      return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
    }
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
  } catch {
    return undefined;
  }
}

/** The children of each process, by parent. */
export function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  const rows =
    process.platform === "linux"
      ? numbers().map((pid) => [pid, parentOf(pid)] as const)
      : execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" })
          .trim()
          .split("\n")
          .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  for (const [pid, parent] of rows) {
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

/** A process with everything below it. */
export function tree(pid: number, children = childrenByParent()): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => tree(child, children))];
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
