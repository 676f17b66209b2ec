import assert from "node:assert/strict";
import { test } from "node:test";
import { cascading } from "../../../lib/argocd/finalizers.ts";
import { leftAlone, othersOptions } from "../../../lib/argocd/leaveAlone.ts";
import { signed, writerOf, writersOf } from "../../../lib/argocd/ownPatch.ts";
import { trackedBy, trackingOf, withoutMarks } from "../../../lib/argocd/tracking.ts";

const ours = { namespace: "argocd", name: "mesh-six" };
const id = (instance: string) => `${instance}:dapr.io/Component:mesh-six/agent-pubsub`;
const annotation = (instance: string, more = {}) => ({
  annotations: { "argocd.argoproj.io/tracking-id": id(instance), ...more },
});
const label = (value: string, key = "app.kubernetes.io/instance") => ({ labels: { [key]: value } });
const method = (name: string, more = {}) => ({ "application.resourceTrackingMethod": name, ...more });
const key = { "application.instanceLabelKey": "argocd.argoproj.io/instance" };
const installation = (value: string) => ({ "argocd.argoproj.io/installation-id": value });

/** Each way of marking: what ArgoCD is set to, what the object bears, whom it belongs to, whether the marks come off. */
const cases = [
  ["annotation, by default", {}, annotation("mesh-six"), "mesh-six", true],
  ["annotation, as set", method("annotation"), annotation("mesh-six"), "mesh-six", true],
  ["a method nobody knows is the default", method("else"), annotation("mesh-six"), "mesh-six", true],
  ["label, as ArgoCD 2 has by default", {}, label("mesh-six"), "mesh-six", true],
  ["label, as set", method("label"), label("mesh-six"), "mesh-six", true],
  [
    "label of the chart's key",
    method("label", key),
    label("mesh-six", "argocd.argoproj.io/instance"),
    "mesh-six",
    true,
  ],
  [
    "label of a key of one's own",
    method("label", { "application.instanceLabelKey": "example.com/app" }),
    label("mesh-six", "example.com/app"),
    "mesh-six",
    true,
  ],
  ["both", method("annotation+label"), { ...annotation("mesh-six"), ...label("mesh-six") }, "mesh-six", true],
  [
    "an installation's id",
    { installationID: "one" },
    annotation("mesh-six", installation("one")),
    "mesh-six",
    true,
  ],
  ["another Application", {}, annotation("other"), "other", false],
  ["a longer name", {}, annotation("mesh-six-two"), "mesh-six-two", false],
  ["another Application's label", method("label"), label("other"), "other", false],
  ["a chart's label where annotations count", method("annotation"), label("mesh-six"), undefined, false],
  ["no mark", {}, {}, undefined, false],
] as const;

for (const [name, settings, metadata, owner, marked] of cases) {
  test(`reads marks as ArgoCD does: ${name}`, () => {
    const tracking = trackingOf("argocd", settings);
    assert.equal(trackedBy({ metadata }, tracking), owner);
    assert.equal(withoutMarks({ metadata }, ours, tracking) !== undefined, marked);
  });
}

test("names an Application outside ArgoCD's own namespace by both, and takes its namesake's mark for another's", () => {
  const tracking = trackingOf("argocd");
  const apart = { namespace: "apps", name: "mesh-six" };
  const marks = (instance: string) => withoutMarks({ metadata: annotation(instance) }, apart, tracking);
  assert.deepEqual(marks("apps_mesh-six"), {
    annotations: { "argocd.argoproj.io/tracking-id": null },
    labels: {},
  });
  assert.equal(marks("mesh-six"), undefined);
  // Where ArgoCD's own namespace is not known, it may be either.
  for (const instance of ["mesh-six", "apps_mesh-six"])
    assert.notEqual(withoutMarks({ metadata: annotation(instance) }, apart, trackingOf("")), undefined);
});

test("takes off every form of mark at once", () => {
  const labels = {
    "app.kubernetes.io/instance": "mesh-six",
    "argocd.argoproj.io/instance": "mesh-six",
    app: "x",
  };
  const metadata = { ...annotation("mesh-six", installation("one")), labels };
  assert.deepEqual(withoutMarks({ metadata }, ours, trackingOf("argocd", key)), {
    annotations: { "argocd.argoproj.io/tracking-id": null, "argocd.argoproj.io/installation-id": null },
    labels: { "app.kubernetes.io/instance": null, "argocd.argoproj.io/instance": null },
  });
});

test("another installation's mark is not this one's", () => {
  const metadata = annotation("mesh-six", installation("other"));
  assert.equal(trackedBy({ metadata }, trackingOf("argocd", { installationID: "one" })), undefined);
});

test("adds to options that are there, contradicting ones aside, and does so once", () => {
  const sync = "argocd.argoproj.io/sync-options";
  const first = leftAlone({ [sync]: " Validate=false , Prune=true,Delete=confirm" });
  assert.equal(first[sync], "Validate=false,Prune=false,Delete=false");
  assert.deepEqual(leftAlone(first), first);
  assert.deepEqual(othersOptions(first), { [sync]: "Validate=false" });
  assert.equal(othersOptions(leftAlone()), undefined);
});

test("knows every finalizer by which ArgoCD deletes along, and nobody else's", () => {
  const argocd = [
    "resources-finalizer.argocd.argoproj.io",
    "resources-finalizer.argocd.argoproj.io/background",
    "resources-finalizer.argocd.argoproj.io/foreground",
    "post-delete-finalizer.argocd.argoproj.io",
    "post-delete-finalizer.argocd.argoproj.io/cleanup",
    "pre-delete-finalizer.argocd.argoproj.io",
  ];
  assert.deepEqual(cascading([...argocd, "example.com/kept", "argocd.argoproj.io.example.com/kept"]), argocd);
});

test("a patch tells which stack wrote it", () => {
  const patch = { target: { kind: "Service", name: "a" }, patch: "$patch: delete\n" };
  assert.equal(writerOf(patch), undefined);
  assert.equal(writerOf(signed(patch, "prod")), "prod");
  const old = { ...patch, patch: `# Written by the Pulumi stack of mesh-six\n${patch.patch}` };
  assert.equal(writerOf(old), "");
  assert.deepEqual(writersOf([patch, old, signed(patch, "prod"), signed(patch, "prod")]), ["", "prod"]);
});
