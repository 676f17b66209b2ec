import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processMark } from "../lib/process/processTable.ts";
import { TestSandbox } from "../tests/support/engine/sandbox.ts";
import { median, type Measurement, timed } from "./measurement.ts";
import { prepareOther, upOfProgram, watchMemory } from "./programs/up.ts";

const repetitions = 5;

/** The sandbox's start, the no-op `up` beside the `up` of an empty program with the same plugins, and the memory. */
export async function benchmarkSandbox(report: (measurement: Measurement) => void): Promise<void> {
  const sandbox = await TestSandbox.create();
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-bench-"));
  try {
    report({ what: "up, from nothing", value: await timed(() => sandbox.operate("up")), unit: "ms" });
    await sandbox.run(["down"]);
    // Services and operations carry the sandbox's mark in their environment, and so do the plugins they start.
    const peak = watchMemory((variable) => variable.startsWith(`${processMark}=${sandbox.directory}:`));
    report({
      what: "up, from stopped",
      value: await timed(() => sandbox.operate("up")),
      unit: "ms",
      limit: 30_000,
    });
    report({
      what: "peak memory of all processes (PSS)",
      value: peak() / 1024 / 1024,
      unit: "MB",
      limit: 1_536,
    });

    const status = await sandbox.status();
    const empty = await prepareOther(folder, sandbox, "emptyProgram.ts");
    const ours: number[] = [];
    const theirs: number[] = [];
    const whole: number[] = [];
    await empty();
    // In turn, so that what else the machine does falls on both alike.
    for (let round = 0; round < repetitions; round++) {
      theirs.push(await timed(empty));
      ours.push(await timed(() => upOfProgram(status)));
      whole.push(await timed(() => sandbox.operate("up", "--expect-no-changes")));
    }
    report({ what: "up of an empty program, same plugins", value: median(theirs), unit: "ms" });
    report({ what: "up of the program, no changes", value: median(ours), unit: "ms" });
    report({
      what: "that, against the empty program",
      value: median(ours) / median(theirs),
      unit: "times",
      limit: 1.5,
    });
    report({ what: "npm run sandbox, no changes", value: median(whole), unit: "ms", limit: 10_000 });
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}
