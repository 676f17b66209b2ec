import { join } from "node:path";
import { build, findBuilt, type BuiltBinary, type Part, type Workshop } from "./part.ts";
import { versions } from "./versions.ts";

/** How to start each server of the control plane, and kubectl: program and first arguments. */
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

const servers: BuiltBinary = {
  name: "control-plane",
  target: {
    directory: join(import.meta.dirname, "control-plane"),
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
  expected: "about 7 min on 2 cores",
};

const nodes: BuiltBinary = {
  name: "kwok",
  target: { directory: join(import.meta.dirname, "kwok"), package: "sigs.k8s.io/kwok/cmd/kwok", define: {} },
  file: "kwok",
  links: [],
  expected: "about 2 min on 2 cores",
};

export const controlPlane: Part<ControlPlane> = {
  find: async () => {
    const [server, kwok] = await Promise.all([findBuilt(servers), findBuilt(nodes)]);
    return server === undefined || kwok === undefined ? undefined : built(server, kwok);
  },
  obtain: async (workshop: Workshop) => {
    const [server, kwok] = await Promise.all([build(servers, workshop), build(nodes, workshop)]);
    return built(server, kwok);
  },
};

function built(serverDirectory: string, nodeDirectory: string): ControlPlane {
  return programsIn(serverDirectory, nodeDirectory, "built");
}

function programsIn(
  serverDirectory: string,
  nodeDirectory: string,
  controlPlaneSource: ControlPlane["controlPlaneSource"],
): ControlPlane {
  return {
    etcd: [join(serverDirectory, "etcd")],
    kubeApiserver: [join(serverDirectory, "kube-apiserver")],
    kubeControllerManager: [join(serverDirectory, "kube-controller-manager")],
    kubeScheduler: [join(serverDirectory, "kube-scheduler")],
    kubectl: [join(serverDirectory, "kubectl")],
    kwok: [join(nodeDirectory, "kwok")],
    controlPlaneSource,
  };
}
