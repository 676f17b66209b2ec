import { spawn } from "node:child_process";
import { ended } from "../../lib/process/ended.ts";
import { run } from "../../lib/process/run.ts";

/** The services' namespace, and the beginning of their images' names. */
export interface RollPlace {
  readonly namespace: string;
  /** As in `registry.bto.bar/jaybrto/mesh-six`. */
  readonly prefix: string;
}

interface Container {
  readonly image: string;
}

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
      };
    };
  };
}

/**
 * Restarts the Deployments, StatefulSets and DaemonSets that run these images, and waits until each has rolled. For
 * stacks without a release, whose overlay names a tag that moves.
 *
 * @returns the exit code: 0 when all have rolled
 * @throws Error in one line where the cluster cannot be asked
 */
export async function roll(names: readonly string[], { namespace, prefix }: RollPlace): Promise<number> {
  const workloads = await workloadsOf(namespace);
  let failed = 0;
  const wanted = new Set<string>();
  for (const name of names) {
    const found = workloads.filter((workload) => runs(workload, `${prefix}-${name}`));
    for (const { kind, metadata } of found) wanted.add(`${kind.toLowerCase()}/${metadata.name}`);
    if (found.length > 0) continue;
    process.stderr.write(
      `${name}: expected a service in ${namespace} that runs ${prefix}-${name}, got none; left out\n`,
    );
    failed = 1;
  }
  for (const object of wanted) {
    const restarted = await kubectl(["rollout", "restart", object, "--namespace", namespace]);
    const status = ["rollout", "status", object, "--namespace", namespace, "--timeout=10m"];
    if (restarted !== 0 || (await kubectl(status)) !== 0) failed = 1;
  }
  return failed;
}

async function workloadsOf(namespace: string): Promise<readonly Workload[]> {
  const kinds = "deployments,statefulsets,daemonsets";
  const args = ["get", kinds, "--namespace", namespace, "--output=json"];
  const { code, stdout, stderr } = await run("kubectl", args);
  if (code === 0) return (JSON.parse(stdout) as { items: Workload[] }).items;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  const remedy = code === 127 ? "install kubectl" : "check its context and what it may read";
  throw new Error(`roll: expected kubectl to list the services of ${namespace}, got: ${said}; ${remedy}`);
}

/** @param image - without tag */
function runs({ spec }: Workload, image: string): boolean {
  const { containers, initContainers = [] } = spec.template.spec;
  return [...containers, ...initContainers].some(
    (one) => one.image === image || one.image.startsWith(`${image}:`) || one.image.startsWith(`${image}@`),
  );
}

function kubectl(args: readonly string[]): Promise<number> {
  return ended(spawn("kubectl", args, { stdio: ["ignore", "inherit", "inherit"] }));
}
