import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { projectRoot, type StackEnvironment } from "./environment.ts";
import { program } from "./program.ts";

/**
 * The stack with the program in this process, and the engine and its plugins below it. The caller has put the stack's
 * environment into this process's. One operation a process: the program is a module, which declares its resources
 * when it is loaded.
 */
export function inlineStack(stackName: string): Promise<Stack> {
  return LocalWorkspace.selectStack(
    {
      stackName,
      projectName: "mesh-six",
      program,
    },
    { workDir: projectRoot, envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" } },
  );
}

/**
 * The policy packs of an operation.
 *
 * @param folder - of a pack; undefined for none
 * @throws Error in one line where the machine has nothing that runs it
 */
export function policyPacks(folder: string | undefined, { languageHost }: StackEnvironment): string[] {
  if (folder === undefined) return [];
  if (languageHost !== undefined) return [folder];
  throw new Error(
    "policies: expected pulumi-language-nodejs, which runs them, found none; install Pulumi (https://www.pulumi.com/docs/install), or leave --policies out",
  );
}
