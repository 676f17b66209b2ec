import { spawn } from "node:child_process";
import { ended } from "../../lib/process/ended.ts";

/**
 * Restarts the Deployments and StatefulSets of these images, and waits until each has rolled. For stacks without a
 * release, whose overlay names a tag that moves.
 *
 * @returns the exit code: 0 when all have rolled
 */
export async function roll(names: readonly string[], namespace: string): Promise<number> {
  if (names.length === 0) throw new Error("roll: expected the names of images, got none");
  let failed = 0;
  for (const name of names) {
    const kind = await kindOf(name, namespace);
    if (kind === undefined) {
      process.stderr.write(
        `${name}: expected a Deployment or StatefulSet in ${namespace}, got none; left out\n`,
      );
      failed = 1;
      continue;
    }
    const restarted = await kubectl(["rollout", "restart", `${kind}/${name}`, "--namespace", namespace]);
    const status = ["rollout", "status", `${kind}/${name}`, "--namespace", namespace, "--timeout=10m"];
    if (restarted !== 0 || (await kubectl(status)) !== 0) failed = 1;
  }
  return failed;
}

async function kindOf(name: string, namespace: string): Promise<string | undefined> {
  for (const kind of ["deployment", "statefulset"]) {
    const found = spawn("kubectl", ["get", kind, name, "--namespace", namespace, "--output=name"], {
      stdio: "ignore",
    });
    if ((await ended(found)) === 0) return kind;
  }
  return undefined;
}

function kubectl(args: readonly string[]): Promise<number> {
  return ended(spawn("kubectl", args, { stdio: ["ignore", "inherit", "inherit"] }));
}
