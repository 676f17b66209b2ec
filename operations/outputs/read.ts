import process from "node:process";
import { engine } from "../../toolchain/engine.ts";
import { runPulumi } from "../stack/pulumi.ts";
import type { StackOutputs } from "./variables.ts";

/** What a command of the operations is told of the stack. */
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
  const found = await engine.find();
  if (found === undefined) {
    throw new Error(
      "pulumi: expected its command line, found none; install it (https://www.pulumi.com/docs/install) or run npm run sandbox once, which makes one",
    );
  }
  const call = { command: found.command, folder: process.cwd(), stack, environment: process.env };
  const answer = await runPulumi(call, ["stack", "output", "--json", ...(secrets ? ["--show-secrets"] : [])]);
  return JSON.parse(answer) as StackOutputs;
}

/** The stack a command is meant for: what is typed, else what Pulumi's own variable says. */
export function stackName(typed: string | undefined): string | undefined {
  return typed ?? (process.env["PULUMI_STACK"] || undefined);
}
