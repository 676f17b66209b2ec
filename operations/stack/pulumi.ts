import { spawn } from "node:child_process";
import { withoutPasswords } from "../../lib/text/withoutPasswords.ts";

/** A call of Pulumi: with the environment and folder of the stack. */
export interface PulumiCall {
  readonly command: string;
  readonly folder: string;
  readonly stack: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Runs Pulumi for the stack; what is given to it goes by standard input, never by an argument or a file.
 *
 * @returns what it wrote to standard output, which may hold secrets: to be kept in memory
 * @throws Error with what it wrote to standard error, but for a password
 */
export function runPulumi(call: PulumiCall, args: readonly string[], input = ""): Promise<string> {
  const { command, folder, stack, environment } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, "--stack", stack, "--non-interactive"], {
      cwd: folder,
      env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else
        reject(
          new Error(`pulumi ${args.join(" ")}: ${withoutPasswords(Buffer.concat(errors).toString().trim())}`),
        );
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** One setting of a stack as the engine keeps it. */
interface ConfigEntry {
  /** Its text; JSON for a structure. */
  readonly value?: string;
  readonly secret?: boolean;
}

/** The stack's settings by key, as in `mesh-six:namespace`, and which of them are stored encrypted. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly isSecret: (key: string) => boolean;
}

/** Reads the settings, secrets decrypted, without running the program. */
export async function stackConfig(call: PulumiCall): Promise<StackConfig> {
  const text = await runPulumi(call, ["config", "--show-secrets", "--json"]);
  const entries = JSON.parse(text) as Record<string, ConfigEntry | undefined>;
  return {
    values: Object.fromEntries(
      Object.entries(entries).flatMap(([key, entry]) =>
        entry?.value === undefined ? [] : [[key, entry.value]],
      ),
    ),
    isSecret: (key) => entries[key]?.secret === true,
  };
}
