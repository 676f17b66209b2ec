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

const serversBinary: BuiltBinary = {
  name: "control-plane",
  title: servers.title,
  target: {
    directory: join(import.meta.dirname, "..", "modules", "control-plane"),
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
  links: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"],
  memory: 3e9,
  expected: "about 7 min on 2 cores",
};

const kwokBinary: BuiltBinary = {
  name: "kwok",
  title: kwok.title,
  target: {
    directory: join(import.meta.dirname, "..", "modules", "kwok"),
    package: "sigs.k8s.io/kwok/cmd/kwok",
    define: {},
  },
  file: "kwok",
  links: [],
  memory: 1.5e9,
  expected: "about 2 min on 2 cores",
};

/** Folder of programs, and how they got there. */
export interface Programs {
  readonly directory: string;
  readonly source: ControlPlane["controlPlaneSource"];
}

/** etcd, the servers of Kubernetes, and kubectl. */
export const serversPart = downloadedOrBuilt(servers, serversBinary);

/** kwok, which is downloaded or built apart from the servers: they come from different projects. */
export const kwokPart = downloadedOrBuilt(kwok, kwokBinary);

function downloadedOrBuilt(release: Release, binary: BuiltBinary): Part<Programs> {
  return {
    find: async () => {
      const downloaded = findRelease(release);
      if (downloaded !== undefined) return { directory: downloaded, source: "downloaded" };
      const built = await findBuilt(binary);
      return built === undefined ? undefined : { directory: built, source: "built" };
    },
    obtain: async (context) => {
      const downloaded = await obtainRelease(release, context);
      if (downloaded !== undefined) return { directory: downloaded, source: "downloaded" };
      return { directory: await build(binary, context), source: "built" };
    },
  };
}

/** The commands in the two folders. */
export function commands(server: Programs, node: Programs): ControlPlane {
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
