import type { Manifest } from "../../services/apiClient.ts";
import { namespace } from "./cluster.ts";
import type { Fault } from "./faults.ts";

/** Marks the Pods of a Deployment as those a fault is about. */
export const faultMark = "sandbox.mesh-six/fault";

/** Deployment and Service of a service as the application's manifests shape them: port 80 to the container's 3000. */
export function manifestsOf(service: string, faults: ReadonlySet<Fault>): [path: string, Manifest][] {
  const labels = { app: service };
  const metadata = { name: service, namespace, labels };
  const nowhere = service === "simple-agent" && faults.has("pod-pending");
  return [
    [
      "apps/v1/deployments",
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: {
          replicas: service === "claude-mqtt-bridge" && faults.has("bridge-down") ? 0 : 1,
          // A Pod that never becomes ready would otherwise leave the one before it in place.
          strategy: { type: "Recreate" },
          selector: { matchLabels: labels },
          template: {
            metadata: {
              labels,
              annotations: {
                "dapr.io/enabled": "true",
                "dapr.io/app-id": service,
                "dapr.io/app-port": "3000",
                ...(crashes(service, faults) ? { [faultMark]: "pod-crashing" } : {}),
              },
            },
            spec: {
              ...(nowhere ? { nodeSelector: { "kubernetes.io/hostname": "nowhere" } } : {}),
              containers: [
                {
                  name: service,
                  image: `registry.bto.bar/jaybrto/mesh-six-${service}:latest`,
                  ports: [{ name: "http", containerPort: 3000 }],
                  env: [{ name: "APP_PORT", value: "3000" }],
                },
              ],
            },
          },
        },
      },
    ],
    [
      "v1/services",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata,
        spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 3000 }] },
      },
    ],
  ];
}

/** The status of a Pod whose container ends again and again. */
export function crashed(service: string): object {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off restarting failed container" };
  const state = { waiting };
  const container = { name: service, image: "", imageID: "", ready: false, restartCount: 7, state };
  const condition = (type: string) => ({ type, status: "False", reason: "ContainersNotReady" });
  return {
    containerStatuses: [container],
    conditions: [condition("Ready"), condition("ContainersReady")],
  };
}

/** Whether the service's Pod is to be shown as one whose container ends again and again. */
export function crashes(service: string, faults: ReadonlySet<Fault>): boolean {
  return service === "homelab-monitor" && faults.has("pod-crashing");
}
