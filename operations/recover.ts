/** `npm run recover -- --stack NAME`: settles what a `pulumi up` that was killed or failed left under way. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { recover } from "./recover/recover.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";
import { stackEnvironment } from "./stack/environment.ts";

const usage = `usage: npm run recover -- --stack NAME

For use after "pulumi up" was killed, or failed although GitHub had made what was asked for. Finds on GitHub and in the
cluster the resources that the interrupted creates have made, takes them into the stack, and reads them. Then "pulumi up"
goes on where it was. Pulumi is configured as for "pulumi up" (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE…).

  --stack NAME    the stack; without it $PULUMI_STACK

Exit code: 0 recovered, or nothing to recover; 2 wrong call; any other: it failed or was interrupted.
`;

async function run(stack: string): Promise<number> {
  const { engine, variables } = await stackEnvironment(stack);
  const settled = await recover({
    command: engine,
    folder: process.cwd(),
    stack,
    environment: variables,
  });
  if (settled.length === 0) {
    process.stdout.write("Nothing was under way: there is nothing to recover.\n");
    return 0;
  }
  for (const { resource, id } of settled) {
    process.stdout.write(
      `${resource.urn}: ${id === undefined ? "will be made by the next up" : `found as ${id}`}\n`,
    );
  }
  const targets = settled.flatMap(({ resource, id }) => (id === undefined ? [] : ["--target", resource.urn]));
  if (targets.length === 0) return 0;
  const args = ["refresh", "--stack", stack, "--yes", "--skip-preview", ...targets];
  return spawnSync(engine, args, { stdio: "inherit", env: variables }).status ?? 1;
}

runCommand({
  usage,
  read() {
    const line = readCommandLine({ stack: { type: "string" } });
    if (line === undefined) return undefined;
    const { values } = line;
    return stackOf(values.stack);
  },
  run,
  outlivesReader: true,
});
