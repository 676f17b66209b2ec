/** `npm run recover -- --stack NAME`: settles what a `pulumi up` that was killed or failed left under way. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { parseArgs } from "node:util";
import { recover } from "./recovery/recover.ts";

const usage = `usage: npm run recover -- --stack NAME

After "pulumi up" was killed, or failed although GitHub had done what it asked: looks on GitHub and in the cluster
for what the creates under way have left behind, makes it part of the stack, and reads it. Then "pulumi up" goes on
where it was. Pulumi is configured as for
"pulumi up" (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE…).
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { stack: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.stack === undefined) {
    process.stderr.write(`--stack: expected the name of a stack, got none.\n${usage}`);
    return 2;
  }
  const { stack } = values;
  const settled = await recover({
    command: "pulumi",
    folder: process.cwd(),
    stack,
    environment: process.env,
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
  return spawnSync("pulumi", args, { stdio: "inherit" }).status ?? 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
