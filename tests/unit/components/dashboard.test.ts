import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Dashboard, type DashboardArgs } from "../../../components/dashboard.ts";
import { resources } from "../../../settings/structures.ts";
import { declarations, object } from "../../support/engine/mocks.ts";

const args: DashboardArgs = {
  namespace: "mesh-six",
  image: "registry.bto.bar/jaybrto/mesh-six-dashboard:latest",
  pullSecret: "gitea-registry-secret",
  replicas: 1,
  port: 80,
  mqttUrl: "wss://rabbitmq-ws.bto.bar/ws",
  onboardingUrl: "https://mesh-six.bto.bar",
  resources: resources.parse({}),
};

interface Deployment {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: {
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: {
        readonly labels: Record<string, string>;
        readonly annotations: Record<string, string>;
      };
      readonly spec: {
        readonly securityContext: Record<string, unknown>;
        readonly imagePullSecrets: unknown;
        readonly containers: readonly Record<string, unknown>[];
        readonly volumes: unknown;
      };
    };
  };
}

async function deployment(overrides: Partial<DashboardArgs> = {}): Promise<Deployment> {
  const declared = await declarations(() => new Dashboard("dashboard", { ...args, ...overrides }));
  return object(declared, "Deployment", "dashboard") as unknown as Deployment;
}

test("runs the image with its addresses, probes, resources and pull secret, without Dapr", async () => {
  const { spec } = await deployment();
  const pod = spec.template.spec;
  const [container = {}] = pod.containers;
  assert.equal(pod.containers.length, 1);
  assert.equal(container["image"], args.image);
  assert.deepEqual(container["ports"], [{ name: "http", containerPort: 80, protocol: "TCP" }]);
  assert.deepEqual(container["env"], [
    { name: "VITE_MQTT_URL", value: "wss://rabbitmq-ws.bto.bar/ws" },
    { name: "VITE_ONBOARDING_URL", value: "https://mesh-six.bto.bar" },
    { name: "NGINX_PORT", value: "80" },
  ]);
  for (const probe of ["readinessProbe", "livenessProbe"]) {
    assert.deepEqual(
      (container[probe] as { httpGet: unknown }).httpGet,
      { path: "/healthz", port: 80 },
      probe,
    );
  }
  assert.deepEqual(container["resources"], {
    requests: { cpu: "25m", memory: "32Mi" },
    limits: { cpu: "100m", memory: "64Mi" },
  });
  assert.deepEqual(pod.imagePullSecrets, [{ name: "gitea-registry-secret" }]);
  assert.equal(spec.template.metadata.annotations["dapr.io/enabled"], "false");
});

test("runs as nobody in particular: not root, nothing writable but /tmp, no capability, and yet on port 80", async () => {
  const { spec } = await deployment();
  const pod = spec.template.spec;
  assert.equal(pod.securityContext["runAsNonRoot"], true);
  assert.deepEqual(pod.securityContext["sysctls"], [
    { name: "net.ipv4.ip_unprivileged_port_start", value: "0" },
  ]);
  assert.deepEqual(pod.containers[0]?.["securityContext"], {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(pod.containers[0]?.["volumeMounts"], [
    { name: "templates", mountPath: "/etc/nginx/templates", readOnly: true },
    { name: "writable", mountPath: "/tmp" },
  ]);
});

test("hands nginx the template that the image has too", async () => {
  const declared = await declarations(() => new Dashboard("dashboard", args));
  const template = new URL("../../../images/dashboard/templates/dashboard.conf.template", import.meta.url);
  assert.deepEqual(object(declared, "ConfigMap", "dashboard-nginx")["data"], {
    "dashboard.conf.template": readFileSync(template, "utf8"),
  });
});

test("is found in the cluster by one Service on the same port", async () => {
  const declared = await declarations(() => new Dashboard("dashboard", args));
  assert.deepEqual(object(declared, "Service", "dashboard")["spec"], {
    type: "ClusterIP",
    selector: { app: "dashboard" },
    ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP" }],
  });
});

test("keeps the selector of a Deployment that is taken over, for its Pods and its Service", async () => {
  const selector = { app: "dashboard", "app.kubernetes.io/part-of": "something-else" };
  const { spec } = await deployment({ selector });
  assert.deepEqual(spec.selector.matchLabels, selector);
  for (const [label, value] of Object.entries(selector))
    assert.equal(spec.template.metadata.labels[label], value);
});

test("replaces its Pods when a Secret they use changes, and only then", async () => {
  const checksum = async (fingerprint: string) => {
    const { spec } = await deployment({ secretFingerprints: { "gitea-registry-secret": fingerprint } });
    return spec.template.metadata.annotations["mesh-six/checksum"];
  };
  const first = await checksum("one");
  assert.equal(await checksum("one"), first);
  assert.notEqual(await checksum("two"), first);
});
