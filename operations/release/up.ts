/** Converges a stack, without a preview before it: a step of `npm run release -- --apply`, which has shown one. */
import { parseArgs } from "node:util";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { runCommand, stackOf } from "../../lib/cli/command.ts";
import { untilInterrupted } from "../../lib/cli/endInOrder.ts";
import { engineWords } from "../../toolchain/engineWords.ts";
import { projectRoot, stackEnvironment } from "../stack/environment.ts";

async function run(stackName: string): Promise<number> {
  const { variables } = await stackEnvironment(stackName);
  // The program runs in this process, and the engine and its plugins below it.
  Object.assign(process.env, variables);
  const stack = await LocalWorkspace.selectStack(
    {
      stackName,
      projectName: "mesh-six",
      program: async () => ({ ...((await import("../../index.ts")) as Record<string, unknown>) }),
    },
    { workDir: projectRoot, envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" } },
  );
  return untilInterrupted(async (signal) => {
    try {
      await stack.up({ color: "never", signal, onOutput: (text) => process.stderr.write(text) });
      return 0;
    } catch (error) {
      signal.throwIfAborted();
      process.stderr.write(`${engineWords(error)}\n`);
      return 1;
    }
  });
}

runCommand({
  usage: "usage: node operations/release/up.ts --stack NAME\n",
  read: () => stackOf(parseArgs({ options: { stack: { type: "string" } } }).values.stack),
  run,
});
