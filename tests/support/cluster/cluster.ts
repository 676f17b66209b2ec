import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureCertificates } from "../../../sandbox/place/certificates.ts";
import { prepareCluster } from "../../../sandbox/services/cluster.ts";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { allServices } from "../../../sandbox/services/catalogue.ts";
import { startServices, stopServices } from "../../../sandbox/services/start.ts";
import { openSandbox, serviceContext } from "../../../sandbox/place/sandbox.ts";
import { resolveToolchain } from "../../../toolchain/resolve.ts";

/** A cluster, by kubectl. */
export interface TestCluster {
  readonly kubeconfig: string;
  /** Runs kubectl; rejects with its words where it fails. */
  readonly kubectl: (args: readonly string[], stdin?: string) => Promise<string>;
  /** `kubectl get … -o json`, parsed. */
  readonly get: <T>(...args: string[]) => Promise<T>;
  readonly apply: (...objects: readonly object[]) => Promise<void>;
}

/** The services for "argocd" in `npm test -- --operators`. */
const real = ["argocd-redis", "argocd-repo-server", "argocd-application-controller"];

/**
 * Starts a cluster of the sandbox's services in a temporary directory. MESH_SIX_ARGOCD=real runs the real Argo CD
 * where the stand-in is named.
 *
 * @param names - the services to run, out of the sandbox's; those they need have to be among them
 */
export async function startCluster(
  names: readonly string[],
): Promise<TestCluster & { readonly close: () => Promise<void> }> {
  const directory = sandboxDirectory(mkdtempSync(join(tmpdir(), "mesh-six-cluster-")));
  const opened = openSandbox(directory);
  const realArgoCd = names.includes("argocd") && process.env["MESH_SIX_ARGOCD"] === "real";
  const toolchain = await resolveToolchain({
    progress: () => undefined,
    installPlugins: false,
    argocd: realArgoCd,
  });
  const context = serviceContext(opened, toolchain);
  const wanted = realArgoCd ? names.flatMap((name) => (name === "argocd" ? real : name)) : names;
  const services = allServices.filter(({ name }) => wanted.includes(name));
  const close = async () => {
    await stopServices(allServices, opened.supervisor);
    rmSync(directory.root, { recursive: true, force: true });
  };
  try {
    await ensureCertificates(directory);
    const start = (needs: boolean) => {
      const chosen = services.filter(({ needsSurroundings = false }) => needsSurroundings === needs);
      return startServices(chosen, context, opened.supervisor, opened.ports, () => undefined);
    };
    await start(false);
    const ports = { apiServer: context.port("kube-apiserver") };
    const { crds } = toolchain;
    await prepareCluster(directory, { ports, crds, credentials: opened.credentials, realArgoCd });
    await start(true);
  } catch (error) {
    await close();
    throw error;
  }

  return { ...clusterOf(toolchain.kubectl, directory.kubeconfig), close };
}

/** A cluster that runs already. */
export function clusterOf([command = "", ...prefix]: readonly string[], kubeconfig: string): TestCluster {
  const kubectl = (args: readonly string[], stdin = "") =>
    run([command, ...prefix, "--kubeconfig", kubeconfig, ...args], stdin);
  return {
    kubeconfig,
    kubectl,
    get: async <T>(...args: string[]) => JSON.parse(await kubectl(["get", ...args, "-o", "json"])) as T,
    apply: async (...objects) => {
      // By the server, which checks the objects anyway: kubectl would first fetch the schema of every kind.
      const how = ["--server-side", "--force-conflicts", "--field-manager=hand", "--validate=false"];
      const list = { apiVersion: "v1", kind: "List", items: objects };
      await kubectl(["apply", ...how, "-f", "-"], JSON.stringify(list));
    },
  };
}

/** Runs a command to its end. */
export async function run(
  command: readonly string[],
  stdin = "",
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...environment } });
  let output = "";
  let words = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  child.stdin.end(stdin);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${args.slice(0, 6).join(" ")}: ${words}${output}`);
  return output;
}

/** Asks again until the answer is not undefined. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  // A machine may have much else to do.
  const end = Date.now() + 300_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`not within five minutes: ${what}`);
    await sleep(200);
  }
}
