import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";

interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const declared: Declared[] = [];

before(async () => {
  await pulumi.runtime.setMocks({
    newResource(args) {
      declared.push({ type: args.type, name: args.name, inputs: args.inputs as Record<string, unknown> });
      return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
    },
    call: () => ({}),
  });
});

async function declare(build: () => unknown): Promise<Declared[]> {
  declared.length = 0;
  build();
  await pulumi.runtime.disconnect();
  return [...declared];
}

const find = <T>(all: Declared[], type: string) => all.find((each) => each.type.endsWith(type))?.inputs as T;

const schedule = {
  namespace: "mesh-six",
  secretName: "postgres-secret",
  host: "pgsql.example",
  port: 5432,
  database: "mesh_six",
  sslMode: "require",
};

interface CronJobInputs {
  spec: { jobTemplate: { spec: { template: { spec: PodInputs } } } };
}
interface PodInputs {
  securityContext: object;
  containers: {
    command: string[];
    env: { name: string; value?: string; valueFrom?: object }[];
    securityContext: object;
    resources: { limits: object };
  }[];
}

test("declares the partitions and a CronJob that is given the password in its environment only", async () => {
  const { EventLog } = await import("../../../components/eventLog.ts");
  const settings = { monthsAhead: 6, oldPartitions: "keep", timeZone: "Europe/Berlin" } as const;
  const all = await declare(
    () => new EventLog("event-log", { url: "postgres://u:hunter2@h/d", ...settings, schedule }),
  );
  assert.deepEqual(
    all
      .map(({ type }) => type)
      .filter((type) => !type.startsWith("pulumi:"))
      .sort(),
    [
      "kubernetes:batch/v1:CronJob",
      "kubernetes:core/v1:ConfigMap",
      "mesh-six:components:EventLog",
      "pulumi-nodejs:dynamic/mesh-six:EventPartitions",
    ],
  );
  const script = find<{ data: Record<string, string> }>(all, ":ConfigMap").data["upkeep.sql"] ?? "";
  assert.match(script, /SET mesh_six\.time_zone = 'Europe\/Berlin';/);
  assert.ok(script.endsWith("\\gexec\n"));
  const pod = find<CronJobInputs>(all, ":CronJob").spec.jobTemplate.spec.template.spec;
  const [container] = pod.containers;
  assert.ok(container);
  assert.deepEqual(container.env.find(({ name }) => name === "PGPASSWORD")?.valueFrom, {
    secretKeyRef: { name: "postgres-secret", key: "password" },
  });
  assert.ok(!JSON.stringify(find(all, ":CronJob")).includes("hunter2"));
  assert.deepEqual(
    { ...pod.securityContext, seccompProfile: 0 },
    { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, seccompProfile: 0 },
  );
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(Object.keys(container.resources.limits), ["cpu", "memory"]);
});

test("hands psql each parameter of the URL, and a certificate or the image's authorities", async () => {
  const { EventLog } = await import("../../../components/eventLog.ts");
  const settings = { monthsAhead: 6, oldPartitions: "keep", timeZone: "UTC" } as const;
  const of = async (more: Partial<Record<"sslMode" | "rootCertificate" | "options", string>>) => {
    const all = await declare(
      () =>
        new EventLog("event-log", {
          url: "postgres://u:p@h/d",
          ...settings,
          schedule: {
            ...schedule,
            ...{ connectTimeout: 4, applicationName: "me", targetSessionAttrs: "primary", ...more },
          },
        }),
    );
    const [container] = find<CronJobInputs>(all, ":CronJob").spec.jobTemplate.spec.template.spec.containers;
    const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    return { env, data: find<{ data: Record<string, string> }>(all, ":ConfigMap").data };
  };
  const plain = await of({});
  assert.equal(plain.env["PGCONNECT_TIMEOUT"], "4");
  assert.equal(plain.env["PGAPPNAME"], "me");
  assert.equal(plain.env["PGTARGETSESSIONATTRS"], "primary");
  assert.deepEqual(
    ["PGOPTIONS", "PGSSLROOTCERT"].filter((name) => name in plain.env),
    [],
  );
  assert.equal((await of({ options: "-csearch_path=app" })).env["PGOPTIONS"], "-csearch_path=app");
  assert.equal((await of({ sslMode: "verify-full" })).env["PGSSLROOTCERT"], "system");
  const ofFile = "/etc/ssl/certs/ca-certificates.crt";
  assert.equal((await of({ sslMode: "verify-ca" })).env["PGSSLROOTCERT"], ofFile);
  const given = await of({ sslMode: "verify-ca", rootCertificate: "PEM" });
  assert.equal(given.env["PGSSLROOTCERT"], "/upkeep/root.crt");
  assert.equal(given.data["root.crt"], "PEM");
});

test("declares no CronJob where there is no schedule", async () => {
  const { EventLog } = await import("../../../components/eventLog.ts");
  const all = await declare(
    () =>
      new EventLog("event-log", {
        url: "postgres://u:p@h/d",
        monthsAhead: 6,
        oldPartitions: "keep",
        timeZone: "UTC",
      }),
  );
  assert.ok(all.some(({ type }) => type.endsWith(":EventPartitions")));
  assert.ok(!all.some(({ type }) => type.startsWith("kubernetes:")));
});

test("a service name given twice, and what cannot be a key or a text, is refused, and all others are retained by default", async () => {
  const { Registry } = await import("../../../components/registry.ts");
  const entry = {
    serviceName: "app",
    repoUrl: "https://h/r",
    platform: "github",
    cicdType: "none",
    triggerMethod: "none",
  };
  assert.throws(
    () => new Registry("twice", { url: "postgres://u:p@h/d", entries: [entry, entry] }),
    /got "app" twice/,
  );
  const one = (changes: object) => () =>
    new Registry("one", { url: "postgres://u:p@h/d", entries: [{ ...entry, ...changes }] });
  for (const serviceName of ["__proto__", "toString"])
    assert.throws(one({ serviceName }), {
      message: `registry: expected a service name that can be a key, got "${serviceName}"; rename it`,
    });
  assert.throws(one({ metadata: { a: [JSON.parse('{"__proto__": {"b": 1}}')] } }), {
    message: `registry: "rows.app.metadata.a.0": expected a key that Pulumi can carry, got "__proto__"; rename it`,
  });
  for (const half of [{ platform: "\ud800" }, { serviceName: "\ud800" }, { metadata: { "\ud800": 1 } }])
    assert.throws(one(half), /expected well-formed Unicode, got "\\ud800"/);
  const all = await declare(
    () =>
      new Registry("registry", {
        url: "postgres://u:p@h/d",
        entries: [entry, { ...entry, serviceName: "other" }],
      }),
  );
  const inputs = all.find(({ type }) => type.endsWith(":RegistryRows"))?.inputs ?? {};
  const { serviceName, ...row } = entry;
  assert.deepEqual(inputs["rows"], { [serviceName]: row, other: row });
  assert.equal(inputs["onDelete"], "retain");
});
