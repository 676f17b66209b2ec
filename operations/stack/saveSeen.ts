/**
 * `node operations/stack/saveSeen.ts STACK`, run by `preview.ts` in the stack's environment: saves in the state how
 * every resource really is. A process of its own, since the program is a module, which declares its resources once.
 */
import process from "node:process";
import { engineWords } from "../../toolchain/parts/engineWords.ts";
import { inlineStack } from "./inlineStack.ts";

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => abort.abort());

try {
  const stack = await inlineStack(process.argv[2] ?? "");
  // With secrets, the history that is read afterwards makes a settings file in the project's folder, whatever
  // PULUMI_OPTION_CONFIG_FILE names. With the program, tokens and addresses are those of today's settings; without it
  // they are those of the last `up`.
  const options = { color: "never", signal: abort.signal, showSecrets: false, runProgram: true } as const;
  await stack.refresh(options);
  process.exit(0);
} catch (error) {
  process.stderr.write(engineWords(error));
  process.exit(1);
}
