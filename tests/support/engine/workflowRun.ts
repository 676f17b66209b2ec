import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { parse } from "yaml";

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: { readonly path?: string; readonly ref?: string };
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly strategy?: { readonly matrix: string };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The result of a job. */
export interface JobResult {
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** The output of its commands. */
  readonly log: string;
  /** Names of the matrix's jobs. */
  readonly matrix: readonly string[];
}

export interface WorkflowOptions {
  /** Contexts of GitHub's expressions, as `vars` and `secrets`. */
  readonly contexts: Readonly<Record<string, object>>;
  /** Runs a command line in the checkout. */
  readonly shell: (
    script: string,
    env: Readonly<Record<string, string>>,
  ) => Promise<{ code: number; stdout: string; stderr: string }>;
  /** Checks a further repository out. */
  readonly checkout: (path: string, ref: string) => void;
}

/** A property of a context that is not there is empty, as GitHub has it. */
function lenient(object: object): object {
  return new Proxy(object, {
    get: (target, key) => (key in target ? (target as Record<PropertyKey, unknown>)[key] : ""),
  });
}

/** Runs the jobs of a workflow as a runner does: its commands, with its conditions, variables and outputs. */
export async function runWorkflow(
  file: string,
  { contexts, shell, checkout }: WorkflowOptions,
): Promise<Readonly<Record<string, JobResult>>> {
  const workflow = parse(readFileSync(file, "utf8")) as Workflow;
  const results: Record<string, JobResult> = {};
  const known = Object.fromEntries(Object.entries(contexts).map(([name, one]) => [name, lenient(one)]));
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const needed = [job.needs ?? []].flat().map((one) => results[one]!);
    const needs = Object.fromEntries(
      [job.needs ?? []]
        .flat()
        .map((one) => [one, { result: results[one]!.result, outputs: lenient(results[one]!.outputs) }]),
    );
    const wanted =
      job.if === undefined
        ? needed.every(({ result }) => result === "success")
        : evaluate(
            job.if,
            { ...known, needs },
            needed.some(({ result }) => result === "failure"),
          );
    if (!wanted) {
      results[name] = { result: "skipped", outputs: {}, log: "", matrix: [] };
      continue;
    }
    const rows =
      job.strategy === undefined
        ? [{ name: "" }]
        : (evaluate(job.strategy.matrix, { ...known, needs }) as { include: { name: string }[] }).include;
    const all: JobResult[] = [];
    for (const matrix of rows) all.push(await runJob(job, { ...known, needs, matrix: lenient(matrix) }));
    results[name] = {
      result: all.every(({ result }) => result === "success") ? "success" : "failure",
      outputs: all[0]?.outputs ?? {},
      log: all.map(({ log }) => log).join(""),
      matrix: rows.map((row) => row.name),
    };
  }
  return results;

  async function runJob(job: Job, given: object): Promise<JobResult> {
    const steps: Record<string, { outputs: object; outcome: string }> = {};
    const outputs = mkdtempSync(join(tmpdir(), "mesh-six-job-"));
    let [log, hasFailed] = ["", false];
    const first = { ...given, steps: lenient({}) };
    const filled = (env: Readonly<Record<string, string>> | undefined, context: object) =>
      Object.fromEntries(Object.entries(env ?? {}).map(([key, value]) => [key, fill(value, context)]));
    const shared = filled(workflow.env, first);
    try {
      for (const [at, step] of job.steps.entries()) {
        const context = { ...given, env: lenient(shared), steps: lenient(steps) };
        const wanted = step.if === undefined ? !hasFailed : evaluate(step.if, context, hasFailed);
        if (!wanted || (hasFailed && !/failure\(\)|always\(\)/.test(step.if ?? ""))) continue;
        const { path, ref = "main" } = step.with ?? {};
        if (step.uses?.startsWith("actions/checkout@") === true && path !== undefined)
          checkout(path, fill(ref, context));
        if (step.run === undefined) continue;
        const output = join(outputs, String(at));
        writeFileSync(output, "");
        const job = { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: join(outputs, "summary") };
        const env = { ...shared, ...filled(step.env, context), ...job };
        const { code, stdout, stderr } = await shell(fill(step.run, context), env);
        log += `$ ${step.run.trim()}\n${stdout}${stderr}`;
        if (code !== 0) hasFailed = true;
        const lines = readFileSync(output, "utf8").split("\n").filter(Boolean);
        const named = lines.map((line) => [
          line.slice(0, line.indexOf("=")),
          line.slice(line.indexOf("=") + 1),
        ]);
        const said = lenient(Object.fromEntries(named) as object);
        if (step.id !== undefined)
          steps[step.id] = { outputs: said, outcome: code === 0 ? "success" : "failure" };
      }
      const context = { ...given, steps: lenient(steps) };
      return {
        result: hasFailed ? "failure" : "success",
        outputs: filled(job.outputs, context),
        log,
        matrix: [],
      };
    } finally {
      rmSync(outputs, { recursive: true });
    }
  }
}

/** The operators of GitHub's expressions are JavaScript's. */
function evaluate(expression: string, context: object, hasFailed = false): unknown {
  const [, bare = expression] = /^\$\{\{([^]*)\}\}$/.exec(expression.trim()) ?? [];
  return runInNewContext(bare, {
    ...context,
    failure: () => hasFailed,
    cancelled: () => false,
    fromJson: (text: string) => JSON.parse(text) as unknown,
  });
}

function fill(text: string, context: object): string {
  return text.replaceAll(/\$\{\{[^}]*\}\}/g, (expression) => String(evaluate(expression, context)));
}
