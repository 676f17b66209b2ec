/** Converges a stack, without a preview before it: a step of `npm run release -- --apply`, which has shown one. */
import { ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { runCommand, stackOf } from "../../../lib/cli/command.ts";
import { readCommandLine } from "../../../lib/cli/commandLine.ts";
import { untilInterrupted } from "../../../lib/cli/endInOrder.ts";
import { engineWords } from "../../../toolchain/parts/engineWords.ts";
import { stackEnvironment } from "../../stack/environment.ts";
import { inlineStack, policyPacks } from "../../stack/inlineStack.ts";
import { heldByOther } from "./steps.ts";

interface Call {
  readonly stack: string;
  /** Folder of a policy pack. */
  readonly policies: string | undefined;
}

async function run({ stack: stackName, policies }: Call): Promise<number> {
  const environment = await stackEnvironment(stackName);
  // The program runs in this process, and the engine and its plugins below it.
  Object.assign(process.env, environment.variables);
  const packs = policyPacks(policies, environment);
  const stack = await inlineStack(stackName);
  return untilInterrupted(async (signal) => {
    try {
      const onOutput = (text: string) => process.stderr.write(text);
      // With secrets, the history that is read afterwards makes a settings file in the project's folder.
      const quiet = { suppressProgress: true, suppressOutputs: true };
      await stack.up({ ...quiet, policyPacks: packs, color: "never", signal, showSecrets: false, onOutput });
      return 0;
    } catch (error) {
      signal.throwIfAborted();
      process.stderr.write(`${engineWords(error)}\n`);
      return error instanceof ConcurrentUpdateError ? heldByOther : 1;
    }
  });
}

runCommand({
  usage: "usage: node operations/release/apply/up.ts --stack NAME [--policies FOLDER]\n",
  read: () => {
    const line = readCommandLine({ stack: { type: "string" }, policies: { type: "string" } });
    return line && { stack: stackOf(line.values.stack), policies: line.values.policies };
  },
  run,
  outlivesReader: true,
});
