import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { postgresBackend, type StateBackend } from "../tests/support/engine/backendStack.ts";
import { startS3 } from "../tests/support/engine/s3.ts";
import { TestSandbox } from "../tests/support/engine/sandbox.ts";
import { median, type Measurement, timed } from "./measurement.ts";
import { prepareOther, type Up } from "./programs/up.ts";

const repetitions = 3;
const stacksAtOnce = 10;

const entries = (count: number) => ({ MESH_SIX_BENCH_ENTRIES: String(count) });

/** Steps of the bare program: 100 resources and the stack. */
const steps = { cold: entries(25), "no changes": entries(25), "all removed": entries(0) };

/**
 * The bare program with its state in files, PostgreSQL and S3, all on this machine, so without the way to a server; and
 * ten of its stacks at once with their states in one PostgreSQL.
 */
export async function benchmarkBackends(report: (measurement: Measurement) => void): Promise<void> {
  const sandbox = await TestSandbox.create();
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-bench-"));
  const s3 = await startS3();
  try {
    await sandbox.operate("preview");
    const project = async (name: string, backend: StateBackend) => {
      await mkdir(join(folder, name));
      return prepareOther(join(folder, name), sandbox, "bareProgram.ts", backend, name);
    };
    await mkdir(join(folder, "state"));
    const postgres = await postgresBackend(sandbox);
    const ups: Readonly<Record<string, Up>> = {
      files: await project("files", { url: pathToFileURL(join(folder, "state")).href }),
      PostgreSQL: await project("postgresql", postgres),
      S3: await project("s3", s3),
    };
    for (const up of Object.values(ups)) await up(entries(0));
    const times = await inTurns(ups);
    for (const [step, ofStep] of Object.entries(times)) {
      const files = median(ofStep["files"] ?? []);
      for (const [name, all] of Object.entries(ofStep)) {
        report({ what: `100 resources, ${step}, ${name}`, value: median(all), unit: "ms" });
        if (name === "files") continue;
        const what = `100 resources, ${step}, ${name} against files`;
        report({ what, value: median(all) / files, unit: "times" });
      }
    }
    const stacks: Up[] = [];
    for (let at = 0; at < stacksAtOnce; at += 1) stacks.push(await project(`stack-${at}`, postgres));
    for (const [step, environment] of Object.entries(steps)) {
      const value = await timed(() => Promise.all(stacks.map((up) => up(environment))));
      report({ what: `ten stacks at once in one PostgreSQL, ${step}`, value, unit: "ms" });
    }
  } finally {
    await s3.stop();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Times of each step by back end, the back ends in turns, so that what else the machine does falls on all alike. */
async function inTurns(
  ups: Readonly<Record<string, Up>>,
): Promise<Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>> {
  const times: Record<string, Record<string, number[]>> = {};
  for (let round = 0; round < repetitions; round += 1)
    for (const [step, environment] of Object.entries(steps))
      for (const [name, up] of Object.entries(ups))
        ((times[step] ??= {})[name] ??= []).push(await timed(() => up(environment)));
  return times;
}
