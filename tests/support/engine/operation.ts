/**
 * One operation of the engine on one program, run as a process of its own by engine.ts: the program is a module,
 * and a module declares its resources once per process.
 */
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const [operation = "", program = "", stackName = "", workDir = ""] = process.argv.slice(2);

const stack = await LocalWorkspace.createOrSelectStack(
  {
    stackName,
    projectName: "stand-ins",
    program: async () => ({ ...((await import(program)) as Record<string, unknown>) }),
  },
  { workDir },
);
const options = {
  onOutput: (text: string) => process.stdout.write(text),
  color: "never" as const,
  diff: true,
};
const run: Record<string, () => Promise<unknown>> = {
  up: () => stack.up(options),
  preview: () => stack.preview(options),
  refresh: () => stack.refresh(options),
  destroy: () => stack.destroy(options),
};
await run[operation]?.().catch((error: unknown) => {
  // With differences shown, the engine says on stderr what went wrong, which comes in the error's text.
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
