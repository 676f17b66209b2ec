import { certificatePaths } from "../place/certificates.ts";
import { writeKubeconfig } from "../place/kubeconfig.ts";
import { answersHealthy } from "./etcd.ts";
import type { Service } from "./service.ts";

/** The real Kubernetes API server, with RBAC; the sandbox's kubeconfig is its administrator. */
export const apiServer: Service = {
  name: "kube-apiserver",
  after: ["etcd"],
  listens: true,
  prepare(context) {
    const paths = certificatePaths(context.directory);
    const port = context.port("kube-apiserver");
    writeKubeconfig(context.directory, "admin", port, context.directory.kubeconfig);
    for (const subject of ["kube-controller-manager", "kube-scheduler"] as const) {
      writeKubeconfig(context.directory, subject, port, paths.kubeconfig(subject));
    }
    return Promise.resolve();
  },
  launch(context) {
    const paths = certificatePaths(context.directory);
    return {
      argv: [
        ...context.toolchain.kubeApiserver,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        // Without a kubelet network the "kubernetes" Service needs no endpoints, and loopback would be refused.
        "--endpoint-reconciler-type=none",
        `--secure-port=${String(context.port("kube-apiserver"))}`,
        `--etcd-servers=https://127.0.0.1:${String(context.port("etcd"))}`,
        `--etcd-cafile=${paths.authority}`,
        `--etcd-certfile=${paths.certificate("etcd")}`,
        `--etcd-keyfile=${paths.key("etcd")}`,
        `--tls-cert-file=${paths.certificate("kube-apiserver")}`,
        `--tls-private-key-file=${paths.key("kube-apiserver")}`,
        `--client-ca-file=${paths.authority}`,
        `--kubelet-certificate-authority=${paths.authority}`,
        `--kubelet-client-certificate=${paths.certificate("admin")}`,
        `--kubelet-client-key=${paths.key("admin")}`,
        "--kubelet-preferred-address-types=InternalIP",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${paths.serviceAccountPublicKey}`,
        `--service-account-signing-key-file=${paths.serviceAccountKey}`,
        "--service-cluster-ip-range=10.0.0.0/24",
        // Nobody lifts the taint that this admission puts on a new node: the node lifecycle controller is off.
        "--disable-admission-plugins=TaintNodesByCondition",
        "--profiling=false",
        "--enable-priority-and-fairness=false",
        "--max-requests-inflight=400",
        "--watch-cache-sizes=",
        "--shutdown-delay-duration=0s",
      ],
      environment: { GOMEMLIMIT: "350MiB", GOGC: "60" },
    };
  },
  probe: (context) => answersHealthy(context, "kube-apiserver", "/readyz"),
};
