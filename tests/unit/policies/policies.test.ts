import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Secret } from "@pulumi/policy";
import { DataWatch } from "../../../policies/data.ts";
import { securedWebhook } from "../../../policies/webhooks.ts";
import { boundedWorkload } from "../../../policies/workloads.ts";
import { declared, unknown } from "./policiesSupport.ts";

describe("secured-webhook", () => {
  const hook = (configuration: unknown, kind = "organization") =>
    securedWebhook(declared(`github:index/${kind}Webhook:${kind}Webhook`, { configuration }));
  const good = { url: "https://a.example/hook", insecureSsl: false, secret: new Secret("s") };

  test("passes verified TLS with a secret, on the machine itself also plain HTTP", () => {
    assert.deepEqual(hook(good), []);
    assert.deepEqual(hook(new Secret(good)), []);
    assert.deepEqual(hook({ ...good, insecureSsl: undefined }), []);
    assert.deepEqual(hook({ ...good, url: "http://127.0.0.1:8080/hook" }), []);
    assert.deepEqual(hook({ ...good, url: unknown, secret: unknown }), []);
    assert.deepEqual(hook(unknown), []);
    assert.deepEqual(securedWebhook(declared("kubernetes:core/v1:Pod", {})), []);
  });

  for (const kind of ["organization", "repository"]) {
    test(`stops an unverified, unencrypted or unsigned webhook of an ${kind}`, () => {
      assert.match(hook({ ...good, insecureSsl: true }, kind).join(), /insecureSsl/);
      assert.match(hook({ ...good, insecureSsl: "1" }, kind).join(), /insecureSsl/);
      assert.match(hook({ ...good, url: "http://a.example/hook" }, kind).join(), /configuration\.url/);
      assert.match(
        hook({ ...good, url: "http://127.0.0.1.evil.example/" }, kind).join(),
        /configuration\.url/,
      );
      assert.match(hook({ ...good, secret: undefined }, kind).join(), /configuration\.secret/);
    });
  }
});

describe("protected-data", () => {
  const database = "postgresql:index/database:Database";
  const board = "pulumi-nodejs:dynamic/mesh-six:ProjectBoard";
  const component = (props: Record<string, unknown>, stack = "prod") =>
    declared("mesh-six:components:Database", props, { urn: `urn:pulumi:${stack}::p::c::db` });

  test("passes data that is protected, or retained by the component above it", () => {
    const watch = new DataWatch(["sandbox"]);
    assert.deepEqual(watch.look(declared(database, {}, { protect: true })), []);
    assert.deepEqual(watch.look(component({ retain: true })), []);
    assert.deepEqual(watch.look(declared(database, {}, { parent: "urn:pulumi:prod::p::c::db" })), []);
    assert.deepEqual(watch.look(declared(board, { deleteOnDestroy: false })), []);
    assert.deepEqual(watch.look(declared("postgresql:index/grant:Grant", {})), []);
  });

  test("passes data that is to be deleted in so many words, in a disposable stack only", () => {
    for (const [stack, expected] of [
      ["sandbox", 0],
      ["prod", 1],
    ] as const) {
      const watch = new DataWatch(["sandbox"]);
      const urn = `urn:pulumi:${stack}::p::t::d`;
      assert.deepEqual(watch.look(component({ retain: false }, stack)), []);
      const child = declared(database, {}, { urn, parent: `urn:pulumi:${stack}::p::c::db` });
      assert.equal(watch.look(child).length, expected, stack);
      assert.equal(watch.look(declared(board, { deleteOnDestroy: true }, { urn })).length, expected, stack);
    }
  });

  const role = "postgresql:index/role:Role";
  const claim = "kubernetes:core/v1:PersistentVolumeClaim";
  for (const type of [database, role, claim, "github:index/repository:Repository", board]) {
    test(`stops ${type} of which nobody has said whether it stays`, () => {
      const urn = "urn:pulumi:sandbox::p::t::d";
      assert.match(new DataWatch(["sandbox"]).look(declared(type, {}, { urn })).join(), /protect: true/);
    });
  }
});

describe("bounded-workload", () => {
  const container = {
    name: "c",
    securityContext: { allowPrivilegeEscalation: false },
    resources: { limits: { cpu: "1", memory: "1Gi" } },
  };
  const spec = { securityContext: { runAsNonRoot: true, runAsUser: 101 }, containers: [container] };
  const kinds: Record<string, (pod: unknown) => Record<string, unknown>> = {
    "kubernetes:core/v1:Pod": (pod) => ({ spec: pod }),
    "kubernetes:apps/v1:Deployment": (pod) => ({ spec: { template: { spec: pod } } }),
    "kubernetes:apps/v1:StatefulSet": (pod) => ({ spec: { template: { spec: pod } } }),
    "kubernetes:apps/v1:DaemonSet": (pod) => ({ spec: { template: { spec: pod } } }),
    "kubernetes:batch/v1:Job": (pod) => ({ spec: { template: { spec: pod } } }),
    "kubernetes:batch/v1:CronJob": (pod) => ({
      spec: { jobTemplate: { spec: { template: { spec: pod } } } },
    }),
  };
  for (const [type, props] of Object.entries(kinds)) {
    const problems = (pod: unknown) => boundedWorkload(declared(type, props(pod))).join("\n");

    test(`passes a bounded ${type}`, () => assert.equal(problems(spec), ""));

    test(`passes ${type} whose bounds are the Pod's, or known only after the update`, () => {
      const { resources, ...unlimited } = container;
      assert.equal(problems({ ...spec, resources, containers: [unlimited] }), "");
      const later = { name: "c", securityContext: unknown, resources: { limits: unknown } };
      assert.equal(problems({ containers: [later], securityContext: unknown }), "");
      assert.equal(problems(unknown), "");
    });

    test(`stops ${type} with root, without limits, in any container`, () => {
      assert.match(problems({ containers: [container] }), /^container c: .*runAsNonRoot/);
      assert.match(
        problems({ ...spec, securityContext: { runAsNonRoot: true, runAsUser: 0 } }),
        /may run as root/,
      );
      const override = {
        ...container,
        securityContext: { ...container.securityContext, runAsNonRoot: false },
      };
      assert.match(problems({ ...spec, containers: [override] }), /may run as root/);
      assert.match(
        problems({ ...spec, containers: [{ ...container, resources: {} }] }),
        /limits\.cpu[\s\S]*limits\.memory/,
      );
      assert.match(
        problems({ ...spec, containers: [{ ...container, securityContext: {} }] }),
        /allowPrivilegeEscalation/,
      );
      const privileged = {
        ...container,
        securityContext: { allowPrivilegeEscalation: false, privileged: true },
      };
      assert.match(problems({ ...spec, initContainers: [privileged] }), /privileged/);
      const debugging = { name: "debug", securityContext: { runAsUser: 0 } };
      assert.match(
        problems({ ...spec, ephemeralContainers: [debugging] }),
        /^container debug: .*may run as root/,
      );
      assert.doesNotMatch(problems({ ...spec, ephemeralContainers: [debugging] }), /limit/);
    });
  }
});
