import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ports } from "../place/ports.ts";
import { type ProcessIdentity, isRunning } from "../../lib/process/processTable.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Service, ServiceContext } from "./service.ts";

/** A machine under load may take its time, a service that hangs must not take forever. */
const patience = 120_000;

/** The number of starts of a service whose port was in use, and is free again at the next look. */
const portAttempts = 3;

/** A service ended while it started. */
class EndedError extends Error {
  override readonly name = "EndedError";
  /** Whether its log tells that its port was in use. */
  readonly portInUse: boolean;

  constructor(message: string, cause: unknown, portInUse: boolean) {
    super(message, { cause });
    this.portInUse = portInUse;
  }
}

/**
 * Starts every service that does not run, side by side as far as they do not need each other, and waits until
 * each answers. Tells which ones it had to start.
 */
export async function startServices(
  services: readonly Service[],
  context: ServiceContext,
  supervisor: Supervisor,
  ports: Ports,
  say: (line: string) => void,
): Promise<string[]> {
  const started = new Set<string>();
  await choosePorts(services, supervisor, ports, say);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await startAll(services, context, supervisor, started);
      return [...started];
    } catch (error) {
      // A stranger can take a port just before the service does: then all that needs the new one starts again.
      if (await choosePorts(services, supervisor, ports, say)) continue;
      // Or it was a connection's: the kernel gives outgoing ones ports of the same range, for as long as they last.
      if (!(error instanceof EndedError && error.portInUse && attempt < portAttempts)) throw error;
    }
  }
}

/** Gives every service that listens and does not run a free port; tells whether one was taken by a stranger. */
async function choosePorts(
  services: readonly Service[],
  supervisor: Supervisor,
  ports: Ports,
  say: (line: string) => void,
): Promise<boolean> {
  let taken = false;
  // One after the other: two searches at once could be given the same port.
  for (const { name, listens } of services) {
    const before = ports.remembered(name);
    if (!listens || (before !== undefined && supervisor.find(name))) continue;
    const port = await ports.free(name, say);
    taken ||= before !== undefined && port !== before;
  }
  return taken;
}

async function startAll(
  services: readonly Service[],
  context: ServiceContext,
  supervisor: Supervisor,
  started: Set<string>,
): Promise<void> {
  const ready = new Map<string, Promise<void>>();
  for (const service of services) {
    const needs = service.after.map((name) => ready.get(name) ?? Promise.resolve());
    ready.set(
      service.name,
      Promise.all(needs).then(async () => {
        if (await startOne(service, context, supervisor)) started.add(service.name);
      }),
    );
  }
  const results = await Promise.allSettled(ready.values());
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** One line about the services that no longer run, which an operation failed for; undefined while all run. */
export function whatEnded(services: readonly Service[], supervisor: Supervisor): string | undefined {
  const ended = services.map(({ name }) => name).filter((name) => supervisor.find(name) === undefined);
  if (ended.length === 0) return undefined;
  return `${ended.join(", ")} ended meanwhile: run the same command again, it starts what has ended and goes on.`;
}

/** Stops the services in the opposite order; those that need each other one after the other. */
export async function stopServices(services: readonly Service[], supervisor: Supervisor): Promise<string[]> {
  const stopped: string[] = [];
  const gone = new Map<string, Promise<void>>();
  for (const service of services.toReversed()) {
    const dependants = services
      .filter((other) => other.after.includes(service.name))
      .map((other) => gone.get(other.name) ?? Promise.resolve());
    gone.set(
      service.name,
      Promise.all(dependants).then(async () => {
        const { signal, grace } = service.stop ?? { signal: "SIGTERM", grace: 10_000 };
        if (await supervisor.stop(service.name, signal, grace)) stopped.push(service.name);
      }),
    );
  }
  await Promise.all(gone.values());
  return stopped;
}

async function startOne(service: Service, context: ServiceContext, supervisor: Supervisor): Promise<boolean> {
  await service.prepare?.(context);
  const launch = service.launch(context);
  const starts = !supervisor.runs(service.name, launch);
  if (starts) {
    // Running, but started otherwise than it would be today (a new version, another address): again.
    const { signal, grace } = service.stop ?? { signal: "SIGTERM", grace: 10_000 };
    await supervisor.stop(service.name, signal, grace);
    await supervisor.start(service.name, launch);
  }
  const identity = supervisor.find(service.name);
  await untilReady(service, context, identity);
  return starts;
}

async function untilReady(
  service: Service,
  context: ServiceContext,
  identity: ProcessIdentity | undefined,
): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    let reason: unknown;
    try {
      await service.probe?.(context);
      return;
    } catch (error) {
      reason = error;
    }
    const log = context.directory.log(service.name);
    if (!identity || !isRunning(identity)) {
      const said = tail(log);
      const message = `${service.name} ended while it started: ${lastWords(said)} (all of it: ${log})`;
      throw new EndedError(message, reason, /address already in use|EADDRINUSE/i.test(said));
    }
    if (Date.now() > end) {
      throw new Error(
        `${service.name} does not answer after ${String(patience / 1000)} s: ${(reason as Error).message}. Its log: ${log}`,
        {
          cause: reason,
        },
      );
    }
    await sleep(100);
  }
}

/** The last line that says something. */
function lastWords(said: string): string {
  return said.trim().split("\n").pop() || "no word in its log";
}

/** The end of a log. */
function tail(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(size, 4_096));
    readSync(file, end, 0, end.length, size - end.length);
    return end.toString("utf8");
  } finally {
    closeSync(file);
  }
}
