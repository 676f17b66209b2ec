import assert from "node:assert/strict";
import { test } from "node:test";
import { MigrationsRefusedError } from "../../../providers/migrations/run/plan.ts";
import { ProblemError } from "../../../lib/text/problem.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import { Examination, fail, failures, pass, skipped, warn } from "../../../operations/doctor/examination.ts";
import { documentOf, textOf } from "../../../operations/doctor/output.ts";
import type { Manifest } from "../../../operations/doctor/cluster/overlay.ts";
import { secretReferences } from "../../../operations/doctor/cluster/references.ts";

const told = async (examination: Examination) =>
  (await examination.report(() => undefined)).map(({ check, status, ok }) => [check, status, ok] as const);

test("one defect is one failing line: what goes on from it is not checked, all else is", async () => {
  const all = new Examination();
  const ground = all.check("ground", [], () => fail<string>("broken", "mend it"));
  const upon = all.check("upon", [ground], () => pass("never", "value"));
  all.several("many", [upon], () => [["one of many", () => pass("never")]]);
  all.check("beside", [], () => pass("fine"));
  assert.deepEqual(await told(all), [
    ["ground", "fail", false],
    ["upon", "not checked", null],
    ["many", "not checked", null],
    ["beside", "pass", true],
  ]);
});

test("others go on from a failure or a warning that has a value", async () => {
  const all = new Examination();
  const failed = all.check("failed", [], () => fail("old", "upgrade it", 1));
  const warned = all.check("warned", [], () => warn("odd", "look at it", 2));
  all.several("sum", [failed, warned], (a, b) => [[`${a} and ${b}`, () => pass("")]]);
  assert.deepEqual(await told(all), [
    ["failed", "fail", false],
    ["warned", "warn", true],
    ["1 and 2", "pass", true],
  ]);
});

test("a check does not apply where the check before it does not apply", async () => {
  const all = new Examination();
  const off = all.check("off", [], () => skipped<string>("not used"));
  all.check("upon", [off], () => pass(""));
  assert.deepEqual(await told(all), [
    ["off", "skipped", true],
    ["upon", "skipped", true],
  ]);
});

test("a check that throws is a failure with its remedy; what it cannot read is not checked", async () => {
  const all = new Examination();
  all.check("throws", [], () => {
    throw new ProblemError({ said: "thing: expected one; two, got none", remedy: "make it; look again" });
  });
  all.check("throws words", [], () => {
    throw new Error("no such thing; nor any other");
  });
  all.check("throws several", [], () => {
    throw new MigrationsRefusedError([
      { said: "one is wrong", remedy: "mend one" },
      { said: "two is wrong", remedy: "mend two" },
    ]);
  });
  all.check("forbidden", [], () =>
    Promise.reject(new Error("Secret x", { cause: new ApiError("status 403", 403) })),
  );
  const [thrown, words, several, forbidden] = await all.report(() => undefined);
  assert.deepEqual(thrown, {
    check: "throws",
    status: "fail",
    ok: false,
    detail: "thing: expected one; two, got none",
    remedy: "make it; look again",
  });
  assert.deepEqual([words?.detail, words?.remedy], ["no such thing; nor any other", ""]);
  assert.deepEqual(
    [several?.detail, several?.remedy],
    ["one is wrong · two is wrong", "mend one · mend two"],
  );
  assert.equal(forbidden?.ok, null);
  assert.match(forbidden.detail, /permission to read it/);
});

test("several findings of one check are a line each, with the remedy below those it is for", async () => {
  const all = new Examination();
  all.check("tables", [], () =>
    failures([
      { said: "one", remedy: "mend both" },
      { said: "two", remedy: "mend both" },
      { said: "three · four", remedy: "mend it" },
    ]),
  );
  const lines = await all.report(() => undefined);
  const shown = lines.map(textOf).join("").replaceAll(/ {2,}/g, "  ").split("\n");
  assert.deepEqual(shown, [
    "FAIL  tables  one",
    "  two",
    "  → mend both",
    "  three · four",
    "  → mend it",
    "",
  ]);
  assert.deepEqual(documentOf(lines), [
    {
      ...{ check: "tables", status: "fail", ok: false },
      ...{ detail: "one · two · three · four", remedy: "mend both · mend it" },
    },
  ]);
});

test("no line repeats a secret, from any source of its words", async () => {
  const all = new Examination();
  const stack = all.check("stack", [], () => {
    all.hide(["canary\n4711-canary", "canary@pass"]);
    return pass("read", true);
  });
  all.check("words", [stack], () =>
    fail('"bearer canary 4711-canary" is invalid', "see postgres://u:canary%40pass@h"),
  );
  all.check("several", [stack], () =>
    failures([
      { said: "canary@pass is wrong", remedy: "say it" },
      { said: "another", remedy: "say canary@pass" },
    ]),
  );
  const [, line, several] = await all.report(() => undefined);
  assert.equal(line?.detail, '"bearer [secret]" is invalid');
  assert.equal(line.remedy, "see postgres://u:[secret]@h");
  assert.deepEqual(several?.several, [
    { said: "[secret] is wrong", remedy: "say it" },
    { said: "another", remedy: "say [secret]" },
  ]);
});

const workload = (spec: unknown, kind = "Deployment"): Manifest => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "it" },
  spec,
});
const pod = (container: object, more: object = {}) => ({
  template: { spec: { containers: [container], ...more } },
});
const needs = (...objects: Manifest[]) =>
  secretReferences(objects).map(({ secret, key }) => (key === undefined ? secret : `${secret}/${key}`));

test("finds every way in which Pods and Dapr components read Secrets", () => {
  const container = {
    env: [
      { name: "A", valueFrom: { secretKeyRef: { name: "by-key", key: "a" } } },
      { name: "B", valueFrom: { secretKeyRef: { name: "optional", key: "b", optional: true } } },
      { name: "C", valueFrom: { configMapKeyRef: { name: "no-secret", key: "c" } } },
    ],
    envFrom: [{ secretRef: { name: "whole" } }, { secretRef: { name: "maybe", optional: true } }],
  };
  const volumes = [
    { name: "v", secret: { secretName: "mounted", items: [{ key: "k", path: "p" }] } },
    { name: "w", projected: { sources: [{ secret: { name: "projected" } }] } },
    { name: "x", secret: { secretName: "mounted-maybe", optional: true } },
  ];
  const imagePullSecrets = [{ name: "pull" }];
  const cron = { jobTemplate: { spec: pod({ env: container.env.slice(0, 1) }) } };
  const component = { metadata: [{ name: "url", secretKeyRef: { name: "dapr", key: "url" } }] };
  assert.deepEqual(needs(workload(pod(container, { volumes, imagePullSecrets }))).sort(), [
    "by-key/a",
    "mounted/k",
    "projected",
    "pull",
    "whole",
  ]);
  assert.deepEqual(needs(workload(cron, "CronJob")), ["by-key/a"]);
  assert.deepEqual(needs(workload(component, "Component")), ["dapr/url"]);
  assert.deepEqual(needs({ ...workload(component, "Component"), auth: { secretStore: "vault" } }), []);
  assert.deepEqual(needs(workload({ secretRef: { name: "other" } }, "ExternalSecret")), []);
});

test("a check that has a limit of its own is ended by that", async () => {
  const all = new Examination();
  all.check("slow", [], () => new Promise<never>(() => {}), 10);
  const [line] = await all.report(() => {});
  assert.equal(line?.detail, "expected an answer, got none within 0.01 s");
});
