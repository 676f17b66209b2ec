import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { Dashboard } from "../../../../components/dashboard.ts";
import { EventLog } from "../../../../components/eventLog.ts";
import { objectMetadata, type ObjectMetadataArgs } from "../../../../components/cluster/metadata.ts";
import { resources } from "../../../../settings/structures.ts";
import { declarations, object } from "../../../support/engine/mocks.ts";

interface Metadata {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

const own = { "app.kubernetes.io/part-of": "mesh-six", "app.kubernetes.io/managed-by": "pulumi" };
const asked: Partial<ObjectMetadataArgs> = {
  labels: { team: "agents" },
  annotations: { "example.com/contact": "infra" },
};

/** One object of every shape the program declares, with this metadata in common. */
function declare(args: Partial<ObjectMetadataArgs> = {}) {
  const options = { transformations: [objectMetadata({ stack: "prod", ...args })] };
  return declarations(() => {
    new Namespace("namespace", { metadata: { name: "mesh-six" } }, options);
    const template = { type: "Opaque" };
    new CustomResource(
      "external",
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name: "external", namespace: "mesh-six" },
        spec: { target: { name: "external", template } },
      },
      options,
    );
    new CustomResource(
      "plain",
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name: "plain", namespace: "mesh-six" },
        spec: { target: { name: "plain" } },
      },
      options,
    );
    new Dashboard(
      "dashboard",
      {
        namespace: "mesh-six",
        image: "registry.example/dashboard:1",
        pullSecret: "gitea-registry-secret",
        replicas: 1,
        port: 80,
        mqttUrl: "wss://mq.example/ws",
        onboardingUrl: "https://mesh-six.example",
        resources: resources.parse({}),
        selector: pulumi.output({ app: "dashboard", "app.kubernetes.io/part-of": "theirs", team: "theirs" }),
      },
      options,
    );
    new EventLog(
      "event-log",
      {
        url: "postgresql://u:p@h/d",
        monthsAhead: 1,
        oldPartitions: "keep",
        timeZone: "UTC",
        schedule: {
          namespace: "mesh-six",
          secretName: "postgres-secret",
          host: "h",
          port: 5432,
          database: "d",
          sslMode: "disable",
        },
      },
      options,
    );
  });
}

const objects = [
  ["Namespace", "mesh-six"],
  ["ExternalSecret", "external"],
  ["ExternalSecret", "plain"],
  ["ConfigMap", "dashboard-nginx"],
  ["Deployment", "dashboard"],
  ["Service", "dashboard"],
  ["ConfigMap", "event-partition-upkeep"],
  ["CronJob", "event-partition-upkeep"],
] as const;

function at(value: unknown, ...path: readonly string[]): Metadata | undefined {
  return path.reduce<unknown>(
    (found, name) => (found as Record<string, unknown> | undefined)?.[name],
    value,
  ) as Metadata | undefined;
}

const podOf = { Deployment: ["spec", "template", "metadata"], Job: ["spec", "jobTemplate", "metadata"] };
const podOfJob = ["spec", "jobTemplate", "spec", "template", "metadata"];

describe("metadata that all objects have in common", () => {
  for (const [kind, name] of objects) {
    test(`names the program and the stack on ${kind} ${name}`, async () => {
      const metadata = at(object(await declare(), kind, name), "metadata");
      for (const [label, value] of Object.entries(own)) assert.equal(metadata?.labels?.[label], value);
      assert.deepEqual(metadata?.annotations, { "mesh-six/stack": "prod" });
    });

    test(`adds labels and annotations that are asked for to ${kind} ${name}`, async () => {
      const metadata = at(object(await declare(asked), kind, name), "metadata");
      const isDashboards = kind !== "ConfigMap" ? name === "dashboard" : name.startsWith("dashboard");
      assert.equal(metadata?.labels?.["team"], isDashboards ? "theirs" : "agents");
      assert.equal(metadata?.annotations?.["example.com/contact"], "infra");
    });
  }

  test("leaves Pod templates without the stack's name, so that nothing is rolled for it", async () => {
    const declared = await declare();
    const deployment = object(declared, "Deployment", "dashboard");
    const pods = at(deployment, ...podOf.Deployment);
    assert.deepEqual(Object.keys(pods?.annotations ?? {}).sort(), ["dapr.io/enabled", "mesh-six/checksum"]);
    const job = object(declared, "CronJob", "event-partition-upkeep");
    assert.equal(at(job, ...podOf.Job), undefined);
    assert.deepEqual(at(job, ...podOfJob)?.annotations, { "dapr.io/enabled": "false" });
  });

  test("adds what is asked for to Pods, and to Jobs and Secrets that controllers make", async () => {
    const declared = await declare(asked);
    const job = object(declared, "CronJob", "event-partition-upkeep");
    const external = object(declared, "ExternalSecret", "external");
    const made = [
      at(job, ...podOf.Job),
      at(job, ...podOfJob),
      at(external, "spec", "target", "template", "metadata"),
    ];
    for (const metadata of made) {
      assert.equal(metadata?.labels?.["team"], "agents");
      assert.equal(metadata?.annotations?.["example.com/contact"], "infra");
    }
    const plain = object(declared, "ExternalSecret", "plain");
    assert.equal(at(plain, "spec", "target", "template"), undefined, "the operator copies the object's own");
  });

  test("lets the selector of a Deployment go before a label that is asked for", async () => {
    const deployment = object(await declare(asked), "Deployment", "dashboard");
    const pods = at(deployment, ...podOf.Deployment);
    assert.equal(pods?.labels?.["team"], "theirs");
    assert.equal(pods?.labels?.["app.kubernetes.io/part-of"], "theirs");
    assert.deepEqual(at(deployment, "spec", "selector"), {
      matchLabels: { app: "dashboard", "app.kubernetes.io/part-of": "theirs", team: "theirs" },
    });
  });
});
