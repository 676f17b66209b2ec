import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse, stringify } from "yaml";
import { type Cluster, connect, type ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import type { Digest } from "../../../operations/preview/digest.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { ProjectCopy } from "../../support/engine/projectCopy.ts";

interface Drift {
  readonly clean: boolean;
  readonly drifted: Digest["changes"];
  readonly additions: Digest["additions"];
}

interface Live extends ClusterObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
}

describe("the additions of others to the cluster's objects", () => {
  let sandbox: TestSandbox;
  let project: ProjectCopy;
  let cluster: Cluster;
  before(async () => {
    sandbox = await TestSandbox.create();
    await sandbox.operate("up");
    const status = await sandbox.status();
    project = await ProjectCopy.create(status);
    cluster = await connect({ kubeconfig: status.kubeconfig, context: status.context });
  });
  after(async () => {
    await project.close();
    await sandbox.close();
  });

  const namespaced = (kind: string, name: string, ...args: string[]) =>
    sandbox.kubectl("-n", "mesh-six", "patch", kind, name, ...args);
  const patch = (kind: string, name: string, ...operations: object[]) =>
    namespaced(kind, name, "--type=json", "-p", JSON.stringify(operations));
  const merge = (kind: string, name: string, change: object) =>
    namespaced(kind, name, "--type=merge", "-p", JSON.stringify(change));
  const live = async (apiVersion: string, kind: string, name: string, namespace = "mesh-six") =>
    (await cluster.get<Live>({ apiVersion, kind, namespace, name }))!;
  const drift = async (...args: string[]) => {
    const { code, stdout, stderr } = await project.operate("drift", "--json", ...args);
    assert.notEqual(code, 2, stdout + stderr);
    return { code, ...(JSON.parse(stdout) as Drift) };
  };
  const set = async (key: string, value: unknown) => {
    const file = join(sandbox.directory, "Pulumi.sandbox.yaml");
    const settings = parse(await readFile(file, "utf8")) as { config: Record<string, unknown> };
    settings.config[`mesh-six:${key}`] = value;
    await writeFile(file, stringify(settings));
  };
  /** A change that updates every object. */
  const label = (value: string) => set("commonLabels", { team: value });
  const login = { op: "add", path: "/spec/routes/0/middlewares", value: [{ name: "login" }] };
  const kept = [
    "CronJob event-partition-upkeep: metadata.labels.mine",
    "Deployment dashboard: spec.template.spec.containers[dashboard].env[EXTRA].name",
    "Deployment dashboard: spec.template.spec.containers[dashboard].env[EXTRA].value",
    'Namespace mesh-six: metadata.labels["pod-security.kubernetes.io/warn"]',
    "Secret github-secret: data.extra",
    "Service dashboard: spec.ports[9090/TCP].name",
    "Service dashboard: spec.ports[9090/TCP].port",
    "Service dashboard: spec.ports[9090/TCP].protocol",
    "Service dashboard: spec.ports[9090/TCP].targetPort",
  ];
  const places = ({ additions }: Pick<Drift, "additions">) =>
    additions.map(({ kind, name, path }) => `${kind} ${name}: ${path}`);

  test("nothing counts as added after an up", async () => {
    const { code, additions } = await drift("--no-save");
    assert.equal(code, 0);
    assert.deepEqual(additions, []);
  });

  test("are listed by drift: as drift where they are taken back, else with who added them", async () => {
    await sandbox.kubectl("-n", "mesh-six", "set", "env", "deployment/dashboard", "EXTRA=1");
    await patch("component", "agent-statestore", { op: "add", path: "/scopes", value: ["someone"] });
    await patch("component", "actor-statestore", { op: "add", path: "/scopes/-", value: "someone" });
    const tls = { name: "enableTLS", value: "true" };
    await patch("component", "agent-pubsub", { op: "add", path: "/spec/metadata/-", value: tls });
    const metrics = { name: "metrics", port: 9090, targetPort: 9090 };
    await patch("service", "dashboard", { op: "add", path: "/spec/ports/-", value: metrics });
    await patch("ingressroute", "dashboard", login);
    await merge("ingressroute", "webhook-receiver", { spec: { tls: { options: { name: "strict" } } } });
    await merge("cronjob", "event-partition-upkeep", { spec: { suspend: true } });
    await merge("secret", "github-secret", { data: { extra: "c2VjcmV0LWNhbmFyeQ==" } });
    const replace = [{ op: "add", path: "/spec/syncPolicy/syncOptions/-", value: "Replace=true" }];
    await sandbox.kubectl(
      ...["-n", "argocd", "patch", "application", "mesh-six", "--type=json", "-p", JSON.stringify(replace)],
    );
    await sandbox.kubectl("label", "namespace", "mesh-six", "pod-security.kubernetes.io/warn=baseline");
    const upkeep = { apiVersion: "batch/v1", kind: "CronJob" };
    const mine = { name: "event-partition-upkeep", namespace: "mesh-six", labels: { mine: "1" } };
    await cluster.apply({ ...upkeep, metadata: mine }, { fieldManager: "hand" });

    const seen = await drift("--no-save");
    assert.equal(seen.code, 1);
    const paths = Object.fromEntries(
      seen.drifted.map(({ name, properties }) => [name, properties.map(({ path }) => path).sort()]),
    );
    assert.deepEqual(paths, {
      "actor-statestore": ["scopes[someone]"],
      "agent-pubsub": ["spec.metadata[enableTLS].name", "spec.metadata[enableTLS].value"],
      "agent-statestore": ["scopes[someone]"],
      application: ["spec.syncPolicy.syncOptions[Replace=true]"],
      "dashboard-route": ["spec.routes[Host(`mesh-six.bto.bar`)].middlewares[login].name"],
      "event-partition-upkeep": ["spec.suspend"],
      "webhook-receiver-route": ["spec.tls.options.name"],
    });
    const risk = (name: string) => seen.drifted.find((change) => change.name === name)?.risk;
    assert.equal(risk("dashboard-route"), "access");
    assert.equal(risk("agent-statestore"), "access");
    assert.deepEqual(places(seen), kept);
    const env = seen.additions.find(({ path }) => path.endsWith("env[EXTRA].value"));
    assert.equal(env?.value, '"1"');
    assert.equal(env?.manager, "kubectl-set");
    assert.match(env?.time ?? "", /^\d{4}-\d\d-\d\dT/);
    assert.equal(seen.additions.find(({ path }) => path.includes("mine"))?.manager, "hand");
    const secret = seen.additions.find(({ kind }) => kind === "Secret");
    assert.equal(secret?.value, undefined);
  });

  test("a preview for another reason refuses to drop what guards access, and says how to keep it", async () => {
    await label("one");
    const { code, stdout } = await project.operate("preview", "--json");
    assert.equal(code, 1);
    const { remarks } = JSON.parse(stdout) as Digest;
    assert.deepEqual([...new Set(remarks.map(({ resource }) => resource))].sort(), [
      "Component mesh-six/actor-statestore",
      "Component mesh-six/agent-pubsub",
      "Component mesh-six/agent-statestore",
      "IngressRoute mesh-six/dashboard",
    ]);
    assert.match(
      remarks.find(({ resource }) => resource === "IngressRoute mesh-six/dashboard")?.message ?? "",
      /^spec\.routes\[.*\]\.middlewares\[login\]\.name: expected it to be declared, since it guards access and this update drops it, got "login" there .*mesh-six:ingressRoutes\.dashboard\.middlewares; to let it go: pulumi up --refresh/,
    );
  });

  test("go without --refresh where a setting says that they may be lost", async () => {
    await set("adoptLose", ["IngressRoute/dashboard spec.routes"]);
    const { stdout } = await project.operate("preview", "--json");
    const { remarks } = JSON.parse(stdout) as Digest;
    assert.ok(
      remarks.length > 0 && !remarks.some(({ resource }) => resource.startsWith("IngressRoute")),
      stdout,
    );
    await set("adoptLose", []);
  });

  test("up --refresh takes back what cannot stay, and leaves the rest, though every object is updated", async () => {
    await sandbox.operate("up", "--refresh");
    const dapr = (name: string) => live("dapr.io/v1alpha1", "Component", name);
    assert.deepEqual((await dapr("agent-statestore")).scopes, []);
    assert.ok(!(await dapr("actor-statestore")).scopes?.includes("someone"));
    assert.ok(!JSON.stringify((await dapr("agent-pubsub")).spec).includes("enableTLS"));
    const route = (name: string) => live("traefik.io/v1alpha1", "IngressRoute", name);
    assert.ok(!JSON.stringify((await route("dashboard")).spec).includes("login"));
    assert.ok(!JSON.stringify((await route("webhook-receiver")).spec).includes("strict"));
    const application = await live("argoproj.io/v1alpha1", "Application", "mesh-six", "argocd");
    assert.ok(!JSON.stringify(application.spec).includes("Replace=true"));
    assert.equal((await live("batch/v1", "CronJob", "event-partition-upkeep")).spec["suspend"], false);

    const after = await drift("--no-save");
    assert.deepEqual(after.drifted, []);
    assert.equal(after.code, 0);
    assert.deepEqual(places(after), kept);
  });

  test("stay through further updates, the Namespace's labels too", async () => {
    await label("two");
    await sandbox.operate("up");
    assert.deepEqual(places(await drift("--no-save")), kept);
    const namespace = await live("v1", "Namespace", "mesh-six", "");
    assert.equal(namespace.metadata.labels?.["pod-security.kubernetes.io/warn"], "baseline");
    assert.equal(namespace.metadata.labels?.["team"], "two");
    const secret = await live("v1", "Secret", "github-secret");
    assert.equal(Buffer.from(secret.data["extra"] ?? "", "base64").toString(), "secret-canary");
    const text = await project.operate("drift", "--no-save");
    assert.match(text.stdout, /^Added by others, kept:$/m);
    assert.match(text.stdout, /^ {2}Secret mesh-six\/github-secret: data\.extra \(kubectl-patch, /m);
    assert.doesNotMatch(text.stdout, /secret-canary|c2VjcmV0/);
  });
});
