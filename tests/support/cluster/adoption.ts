import type { AnyObject } from "../../../preflight/adoption/objectDeclaration.ts";

/** Objects as the program declares them, with parts that a test changes. */

const metadata = (name: string) => ({
  name,
  namespace: "mesh-six",
  labels: { "app.kubernetes.io/part-of": "mesh-six", "app.kubernetes.io/managed-by": "pulumi" },
});

type Part = Readonly<Record<string, unknown>>;

const healthz = { httpGet: { path: "/healthz", port: 80 }, periodSeconds: 10 };

/** The container `dashboard`. */
export function container(changes: Part = {}): Part {
  return {
    name: "dashboard",
    image: "registry.bto.bar/jaybrto/mesh-six-dashboard:latest",
    ports: [{ name: "http", containerPort: 80, protocol: "TCP" }],
    env: [
      { name: "VITE_MQTT_URL", value: "wss://rabbitmq-ws.bto.bar/ws" },
      { name: "NGINX_PORT", value: "80" },
    ],
    readinessProbe: healthz,
    livenessProbe: healthz,
    resources: { requests: { cpu: "25m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "writable", mountPath: "/tmp" }],
    ...changes,
  };
}

export function dashboard(pods: Part = {}, spec: Part = {}): AnyObject {
  const labels = { app: "dashboard" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata("dashboard"),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "dapr.io/enabled": "false" } },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 101 },
          containers: [container()],
          volumes: [{ name: "writable", emptyDir: { sizeLimit: "32Mi" } }],
          ...pods,
        },
      },
      ...spec,
    },
  };
}

export function service(spec: Part = {}): AnyObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata("dashboard"),
    spec: {
      type: "ClusterIP",
      selector: { app: "dashboard" },
      ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP" }],
      ...spec,
    },
  };
}

export function route(spec: Part = {}, rule: Part = {}): AnyObject {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    metadata: metadata("dashboard"),
    spec: {
      entryPoints: ["websecure"],
      routes: [
        {
          match: "Host(`mesh-six.bto.bar`)",
          kind: "Rule",
          services: [{ name: "dashboard", port: 80 }],
          ...rule,
        },
      ],
      tls: { certResolver: "letsencrypt" },
      ...spec,
    },
  };
}

/** The least metadata of the state store, and more. */
export const storeMetadata = (items: readonly Part[]): readonly Part[] => [
  { name: "redisHost", value: "redis-master.redis-system:6379" },
  { name: "redisPassword", secretKeyRef: { name: "redis-secret", key: "password" } },
  { name: "keyPrefix", value: "mesh-six:" },
  ...items,
];

export function component(items: readonly Part[] = [], more: Part = {}): AnyObject {
  return {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Component",
    metadata: metadata("agent-statestore"),
    spec: {
      type: "state.redis",
      version: "v1",
      metadata: storeMetadata(items),
    },
    ...more,
  };
}

export function secret(data: Readonly<Record<string, string>>, more: Part = {}): AnyObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadata("github-secret"),
    type: "Opaque",
    data,
    ...more,
  };
}

export function cronJob(spec: Part = {}, pods: Part = {}): AnyObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: metadata("event-partition-upkeep"),
    spec: {
      schedule: "17 3 * * *",
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        spec: {
          template: {
            spec: {
              restartPolicy: "Never",
              containers: [{ name: "psql", image: "postgres:18-alpine", command: ["psql"] }],
              ...pods,
            },
          },
        },
      },
      ...spec,
    },
  };
}

export function externalSecret(data: readonly Part[]): AnyObject {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: metadata("litellm-secret"),
    spec: {
      refreshInterval: "5m",
      secretStoreRef: { name: "vault-backend", kind: "ClusterSecretStore" },
      target: { name: "litellm-secret", creationPolicy: "Owner", deletionPolicy: "Retain" },
      data,
    },
  };
}
