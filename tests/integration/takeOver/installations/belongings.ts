import { stringify } from "yaml";
import type { InlinePatch } from "../../../../lib/argocd/application.ts";
import { storeMetadata } from "../../../support/cluster/adoption.ts";

/** People's parts of an installation: objects beside its own, and patches by which its own differ. */

type Part = Readonly<Record<string, unknown>>;

const object = (apiVersion: string, kind: string, name: string, rest: object, metadata: object = {}) => ({
  ...{ apiVersion, kind, metadata: { name, ...metadata } },
  ...rest,
});

export const secret = (name: string, metadata: object = {}, stringData: Part = { token: "by-hand" }) =>
  object("v1", "Secret", name, { stringData }, metadata);

export const configMap = (name: string, metadata: object = {}) =>
  object("v1", "ConfigMap", name, { data: { by: "hand" } }, metadata);

export const claim = (metadata: object = {}) =>
  object(
    ...(["v1", "PersistentVolumeClaim", "data"] as const),
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    metadata,
  );

export const middleware = (name: string) =>
  object("traefik.io/v1alpha1", "Middleware", name, { spec: { basicAuth: { secret: "users" } } });

/** A patch of the Application's source, in kustomize's strategic merge. */
export function patchOf(apiVersion: string, kind: string, name: string, content: Part): InlinePatch {
  return { target: { kind, name }, patch: stringify({ apiVersion, kind, metadata: { name }, ...content }) };
}

export const replicas = patchOf("apps/v1", "Deployment", "orchestrator", { spec: { replicas: 2 } });

export const dashboards = patchOf("apps/v1", "Deployment", "dashboard", { spec: { replicas: 2 } });

/** The dashboard with other Pods. */
const pods = (spec: Part) => patchOf("apps/v1", "Deployment", "dashboard", { spec: { template: { spec } } });

export const containers = {
  probe: pods({
    containers: [{ name: "dashboard", readinessProbe: { httpGet: null, tcpSocket: { port: 80 } } }],
  }),
  variable: pods({
    containers: [
      {
        name: "dashboard",
        env: [
          { name: "VITE_MQTT_URL", value: null, valueFrom: { secretKeyRef: { name: "mqtt", key: "url" } } },
          { name: "EXTRA", value: "1" },
        ],
      },
    ],
  }),
  sidecar: pods({ containers: [{ name: "proxy", image: "envoy" }] }),
  root: pods({
    containers: [
      {
        name: "dashboard",
        command: ["nginx"],
        securityContext: { runAsUser: 0, capabilities: { add: ["NET_ADMIN"] } },
      },
    ],
  }),
};

/** A port of the same name and another number, and one more. */
export const ports = patchOf("v1", "Service", "dashboard", {
  spec: {
    type: "NodePort",
    ports: [
      { port: 80, $patch: "delete" },
      { name: "http", port: 8080, targetPort: 80 },
      { name: "metrics", port: 9090, targetPort: 9090 },
    ],
  },
});

const rule = { match: "Host(`mesh-six.bto.bar`)", kind: "Rule", services: [{ name: "dashboard", port: 80 }] };

/** The dashboard's route with more in its rule, and with another `spec`. */
export const route = (more: Part, spec: Part = {}) =>
  patchOf("traefik.io/v1alpha1", "IngressRoute", "dashboard", {
    spec: { routes: [{ ...rule, ...more }], ...spec },
  });

/** The state store with more metadata, and more beside its `spec`. */
export const component = (items: readonly Part[], more: Part = {}) =>
  patchOf("dapr.io/v1alpha1", "Component", "agent-statestore", {
    spec: { metadata: storeMetadata(items) },
    ...more,
  });
