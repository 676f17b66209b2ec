import { join } from "node:path";
import { certificatePaths } from "../place/certificates.ts";
import { answersHealthy } from "./etcd.ts";
import type { Service } from "./service.ts";

/**
 * Controllers by which the program's objects become ready and go away again; every further controller costs memory.
 */
const controllers = [
  "deployment-controller",
  "replicaset-controller",
  "statefulset-controller",
  "job-controller",
  "endpoints-controller",
  "endpointslice-controller",
  "namespace-controller",
  "garbage-collector-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  // Claims are bound to the volumes that the cluster is prepared with; without the other two, whose finalizers
  // the API server sets, no claim and so no Namespace with a claim could ever be deleted.
  "persistentvolume-binder-controller",
  "persistentvolumeclaim-protection-controller",
  "persistentvolume-protection-controller",
];

/**
 * Addresses of Pods. Nothing listens there, and a program that connects to them must not reach a
 * stranger: this range is kept for documentation (RFC 5737, TEST-NET-3), so nobody routes it.
 */
const podRange = "203.0.113.0/24";

/** The real controllers: a Deployment gets its Pods, a deleted Namespace goes away. */
export const controllerManager: Service = {
  name: "kube-controller-manager",
  after: ["kube-apiserver"],
  listens: false,
  launch(context) {
    const paths = certificatePaths(context.directory);
    return {
      argv: [
        ...context.toolchain.kubeControllerManager,
        `--kubeconfig=${paths.kubeconfig("kube-controller-manager")}`,
        `--controllers=${controllers.join(",")}`,
        `--root-ca-file=${paths.authority}`,
        `--service-account-private-key-file=${paths.serviceAccountKey}`,
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--profiling=false",
        "--secure-port=0",
      ],
      environment: { GOMEMLIMIT: "120MiB", GOGC: "60", ...server(context.port("kube-apiserver")) },
    };
  },
};

/** The real scheduler: puts Pods on the one node. */
export const scheduler: Service = {
  name: "kube-scheduler",
  after: ["kube-apiserver"],
  listens: false,
  launch(context) {
    const kubeconfig = certificatePaths(context.directory).kubeconfig("kube-scheduler");
    return {
      argv: [
        ...context.toolchain.kubeScheduler,
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        "--leader-elect=false",
        "--profiling=false",
        "--secure-port=0",
      ],
      environment: { GOMEMLIMIT: "80MiB", GOGC: "60", ...server(context.port("kube-apiserver")) },
    };
  },
};

/**
 * kwok plays the kubelet: Pods on its node become Running and Ready without a container being started. Objects of its
 * own kinds (meshSix/kwok.yaml) say where port-forward, logs and exec of such a Pod lead.
 */
export const kwok: Service = {
  name: "kwok",
  after: ["kube-apiserver"],
  listens: true,
  launch(context) {
    const paths = certificatePaths(context.directory);
    const address = `127.0.0.1:${String(context.port("kwok"))}`;
    return {
      argv: [
        ...context.toolchain.kwok,
        `--kubeconfig=${context.directory.kubeconfig}`,
        `--config=${listItem(join(import.meta.dirname, "kwokStages.yaml"))}`,
        "--manage-all-nodes=true",
        `--cidr=${podRange}`,
        "--node-ip=127.0.0.1",
        `--node-port=${String(context.port("kwok"))}`,
        `--server-address=${address}`,
        // Its address is the API server's, so the same certificate is good for it.
        `--tls-cert-file=${paths.certificate("kube-apiserver")}`,
        `--tls-private-key-file=${paths.key("kube-apiserver")}`,
        "--enable-crds=PortForward,Logs,Exec",
        "--node-lease-duration-seconds=0",
      ],
      environment: { GOMEMLIMIT: "80MiB", GOGC: "60", ...server(context.port("kube-apiserver")) },
    };
  },
  probe: (context) => answersHealthy(context, "kwok", "/healthz"),
};

/** The one item of a flag that takes a list, which kwok reads as a line of CSV. */
export function listItem(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** These read the server's address once, from their kubeconfig: this entry makes a new address a new launch. */
function server(port: number): Record<string, string> {
  return { MESH_SIX_API_SERVER: `https://127.0.0.1:${String(port)}` };
}
