import process from "node:process";
import { stackEnvironment } from "../stack/environment.ts";
import { runPulumi } from "../stack/pulumi.ts";
import type { StackOutputs } from "./variables.ts";

/** Outputs of the stack, as a command reads them. */
export interface StackRequest {
  readonly stack: string;
  /** Whether secret outputs are decrypted; else each is "[secret]", and never enters this process. */
  readonly secrets: boolean;
}

/**
 * The stack's outputs, by the engine's own command. They come through a pipe: nothing of them is in an argument
 * or a file.
 *
 * @throws Error with the engine's words when the stack cannot be read
 */
export async function readOutputs({ stack, secrets }: StackRequest): Promise<StackOutputs> {
  const { engine, variables } = await stackEnvironment(stack);
  const call = { command: engine, folder: process.cwd(), stack, environment: variables };
  const answer = await runPulumi(call, ["stack", "output", "--json", ...(secrets ? ["--show-secrets"] : [])]);
  return JSON.parse(answer) as StackOutputs;
}
