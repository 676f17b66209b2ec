/**
 * One Pulumi operation, run as a process of its own (by operations.ts): the program is a module that declares
 * its resources when it is loaded, and a module is loaded once per process. A second operation in the same
 * process would see a program that declares nothing, and delete everything.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ProgressReader } from "./progressReader.ts";
import { projectName, projectRoot } from "../place/directory.ts";
import type { OperationReport, OperationRequest } from "./operations.ts";
import { program, reading, readingFirst } from "../../operations/stack/program.ts";
import { engineWords } from "../../toolchain/parts/engineWords.ts";

const abort = new AbortController();
let lastReport: Promise<void> = Promise.resolve();
// The engine is asked to end as by Ctrl-C: it finishes what is under way, saves the state and frees the lock.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => abort.abort());
process.on("disconnect", () => abort.abort());

process.once("message", (request: OperationRequest) => {
  void run(request)
    .catch((error: unknown) => {
      report({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
      return 1;
    })
    .then(async (code) => {
      // Reports are sent in order: with the last, all have arrived.
      await lastReport;
      process.exit(code);
    });
});

async function run(request: OperationRequest): Promise<number> {
  if (!request.stackExists) await createStack(request);
  const stack = await LocalWorkspace.selectStack(
    { stackName: request.stack, projectName, program },
    { workDir: projectRoot },
  );
  // After each operation the Automation API asks for the outputs and for the history, by three more processes.
  // No one here reads either, and `pulumi stack history` has no option for the place of the stack's settings.
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  const reader = new ProgressReader(report);
  try {
    await operate(stack, request, (event) => {
      reader.read(event);
    });
    return 0;
  } catch (error) {
    // The engine has said what is wrong in its diagnostics; what it prints besides repeats that.
    if (abort.signal.aborted) report({ kind: "failed", message: "interrupted", interrupted: true });
    else if (!reader.sawError) report({ kind: "failed", message: engineWords(error) });
    return 1;
  }
}

/**
 * Makes the stack from a folder of its own: `stack init` writes a settings file beside Pulumi.yaml, wherever the
 * stack's settings really lie, and must not do so in the project's folder.
 */
async function createStack({ stack, settings, workspace }: OperationRequest): Promise<void> {
  mkdirSync(workspace, { recursive: true, mode: 0o700 });
  // With the same salt as the settings file, or the passphrase would not fit the stack.
  copyFileSync(settings, join(workspace, `Pulumi.${stack}.yaml`));
  await LocalWorkspace.createStack(
    { stackName: stack, projectName, program },
    {
      workDir: workspace,
      projectSettings: { name: projectName, runtime: "nodejs" },
      secretsProvider: "passphrase",
    },
  );
}

async function operate(
  stack: Stack,
  request: OperationRequest,
  onEvent: (event: EngineEvent) => void,
): Promise<void> {
  const options = { onEvent, color: "never" as const, signal: abort.signal };
  const { expectNoChanges, targets } = request;
  const first = readingFirst(request.refreshFirst);
  switch (request.operation) {
    case "up":
      await stack.up({ ...options, expectNoChanges, ...first });
      break;
    case "preview":
      await stack.preview({ ...options, expectNoChanges, ...first });
      break;
    case "refresh":
      await stack.refresh({
        ...options,
        expectNoChanges,
        // A look at what a killed run has left concerns these resources alone.
        ...(targets.length > 0 ? { target: [...targets] } : reading),
      });
      break;
    case "destroy":
      await stack.destroy(options);
      break;
  }
}

function report(message: OperationReport): void {
  lastReport = new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}
