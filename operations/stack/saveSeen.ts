/**
 * `node operations/stack/saveSeen.ts STACK`, run by `preview.ts` in the stack's environment: saves in the state how
 * every resource really is. A process of its own, since the program is a module, which declares its resources once.
 */
import process from "node:process";
import { untilInterrupted } from "../../lib/cli/endInOrder.ts";
import { engineWords } from "../../toolchain/parts/engineWords.ts";
import { inlineStack } from "./inlineStack.ts";
import { reading } from "./program.ts";

try {
  const stack = await inlineStack(process.argv[2] ?? "");
  // With secrets, the history that is read afterwards makes a settings file in the project's folder, whatever
  // PULUMI_OPTION_CONFIG_FILE names.
  const options = { color: "never", showSecrets: false, ...reading } as const;
  await untilInterrupted((signal) => stack.refresh({ ...options, signal }));
  process.exit(0);
} catch (error) {
  process.stderr.write(engineWords(error));
  process.exit(1);
}
