import { join } from "node:path";
import { build, findBuilt, type BuiltBinary, type Part } from "./part.ts";
import { findRelease, kwok, obtainRelease, servers, type Release } from "../obtain/releases.ts";
import { versions } from "../versions.ts";

/** The commands that start each server of the control plane, and kubectl: program and first arguments. */
export interface ControlPlane {
  readonly etcd: string[];
  readonly kubeApiserver: string[];
  readonly kubeControllerManager: string[];
  readonly kubeScheduler: string[];
  readonly kubectl: string[];
  /** Simulates a node, so that Deployments become available without a kubelet. */
  readonly kwok: string[];
  /** The projects' release binaries, or one binary built from their Go modules. */
  readonly controlPlaneSource: "downloaded" | "built";
}

const [major = "", minor = ""] = versions.kubernetes.split(".");

const module = join(import.meta.dirname, "..", "modules", "control-plane");

const binary: BuiltBinary = {
  name: "control-plane",
  title: servers.title,
  target: {
    directory: module,
    package: ".",
    // Without these the API server calls itself v0.0.0, and clients refuse what they think is too old.
    define: {
      "k8s.io/component-base/version.gitVersion": `v${versions.kubernetes}`,
      "k8s.io/component-base/version.gitMajor": major,
      "k8s.io/component-base/version.gitMinor": minor,
      "k8s.io/client-go/pkg/version.gitVersion": `v${versions.kubernetes}`,
    },
  },
  file: "control-plane",
  links: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok"],
  memory: 3e9,
  expected: "about 7 min on 2 cores",
};

/** kwok alone, for a machine that could download the servers but not kwok: they come from different projects. */
const kwokBinary: BuiltBinary = {
  name: "kwok",
  title: kwok.title,
  target: { directory: module, package: "sigs.k8s.io/kwok/cmd/kwok", define: {} },
  file: "kwok",
  links: [],
  memory: 1.5e9,
  expected: "about 2 min on 2 cores",
};

/** Folder of programs, and how they got there. */
interface Programs {
  readonly directory: string;
  readonly source: ControlPlane["controlPlaneSource"];
}

/** etcd, the servers of Kubernetes, kubectl and kwok. */
export const controlPlane: Part<ControlPlane> = {
  find: async () => {
    const server = await find(servers, binary);
    const node = server === undefined ? undefined : await findKwok(server);
    return server === undefined || node === undefined ? undefined : commands(server, node);
  },
  obtain: async (context) => {
    const [server, node] = await Promise.all([
      find(servers, binary).then((found) => found ?? download(obtainRelease(servers, context))),
      download(obtainRelease(kwok, context)),
    ]);
    if (server === undefined) {
      const built: Programs = { directory: await build(binary, context), source: "built" };
      return commands(built, node ?? built);
    }
    const present = node ?? (await findKwok(server));
    return commands(server, present ?? { directory: await build(kwokBinary, context), source: "built" });
  },
};

async function download(release: Promise<string | undefined>): Promise<Programs | undefined> {
  const directory = await release;
  return directory === undefined ? undefined : { directory, source: "downloaded" };
}

/** kwok as its project published it, else as it was built with the servers, or alone. */
async function findKwok(server: Programs): Promise<Programs | undefined> {
  return server.source === "built" && findRelease(kwok) === undefined ? server : find(kwok, kwokBinary);
}

async function find(release: Release, alternative: BuiltBinary): Promise<Programs | undefined> {
  const downloaded = findRelease(release);
  if (downloaded !== undefined) return { directory: downloaded, source: "downloaded" };
  const built = await findBuilt(alternative);
  return built === undefined ? undefined : { directory: built, source: "built" };
}

/** The commands in the two folders. */
function commands(server: Programs, node: Programs): ControlPlane {
  const program = (name: string) => [join(server.directory, name)];
  return {
    etcd: program("etcd"),
    kubeApiserver: program("kube-apiserver"),
    kubeControllerManager: program("kube-controller-manager"),
    kubeScheduler: program("kube-scheduler"),
    kubectl: program("kubectl"),
    kwok: [join(node.directory, "kwok")],
    controlPlaneSource: server.source,
  };
}
