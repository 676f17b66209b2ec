import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Application } from "../../../../lib/argocd/application.ts";
import { deletion, signed } from "../../../../lib/argocd/ownPatch.ts";
import { appOfApps } from "../../../support/cluster/applications.ts";
import { startCluster } from "../../../support/cluster/cluster.ts";
import type { StackValues } from "../../../support/engine/program.ts";
import { component, containers, middleware, route } from "./belongings.ts";
import type { ByPerson } from "./byPerson.ts";
import { everything, type Everything } from "./everything.ts";
import { configure, install } from "./installed.ts";
import { Refused, TakenOver } from "./takenOver.ts";

/*
 * Installations that are not taken over as they are. Each is refused before the first write, by the name of what is in
 * the way and of the setting that says what to do. ArgoCD does not sync by itself here, so that nothing else writes.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;
let person: ByPerson;
let source: NonNullable<Application["spec"]["source"]>;

const name = "refused";

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
  await configure(cluster);
  const unlike = [
    containers.sidecar,
    route({ middlewares: [{ name: "login" }], priority: 10 }, { tls: { options: { name: "strict" } } }),
    component([{ name: "enableTLS", value: "true" }], { scopes: ["llm-service"] }),
  ];
  person = await install(cluster, name, { patches: unlike, others: [middleware("login")], syncPolicy: {} });
  source = (await person.application()).spec.source ?? assert.fail();
});
after(() => cluster.close());

interface Case {
  /** The change in the Application, as a merge patch. */
  readonly change?: () => object;
  readonly values?: StackValues;
  /** One for each thing that is said, by its words for the way out. */
  readonly says: readonly RegExp[];
}

const pubsub = { apiVersion: "dapr.io/v1alpha1", kind: "Component", name: "agent-pubsub" };
const patched = (patch: { readonly patch: string }) => ({
  spec: { source: { kustomize: { patches: [patch] } } },
});
const rendered = { targetBranch: "env/prod", path: "prod" };
const unnamed = { ...deletion(pubsub), patch: "# Written by the Pulumi stack of mesh-six\n$patch: delete\n" };
/** Refusals of fields that guard access, or may be a sidecar. */
const guarded = [
  /spec\.routes\[Host\(`mesh-six\.bto\.bar`\)\]\.middlewares\[login\]\.name: .* mesh-six:ingressRoutes/,
  /\.priority: .* mesh-six:ingressRoutes/,
  /spec\.tls\.options\.name: .* mesh-six:ingressRoutes/,
  /spec\.metadata\[enableTLS\]\.name: .*mesh-six:daprMetadata/,
  /scopes\[llm-service\]: .*mesh-six:adoptLose/,
  /containers\[proxy\]: .*mesh-six:adoptKeep\[0\].*mesh-six:adoptLose\[0\]/,
];

const cases: Readonly<Record<string, Case>> = {
  "objects with guards and a sidecar that no setting speaks of": { says: guarded },
  "an Application of another name": {
    values: { argocdApplication: "mesh-six" },
    says: [/got this one, which (tracks|deploys) .* mesh-six:argocdApplication refused/],
  },
  "another destination": {
    values: { namespace: "elsewhere" },
    says: [/got refused, which would be pruned with everything in it; .* mesh-six:namespace refused/],
  },
  "another namespace in its source": {
    change: () => ({ spec: { source: { kustomize: { namespace: "apart" } } } }),
    says: [/mesh-six:namespace apart/],
  },
  "another cluster": {
    values: { argocdServer: "https://other.example:6443" },
    says: [/mesh-six:argocdServer https:\/\/kubernetes\.default\.svc/],
  },
  "another repository": {
    values: { argocdRepository: "https://github.com/fork/mesh-six" },
    says: [/mesh-six:argocdRepository \S+/],
  },
  "another path": {
    values: { argocdPath: "k8s/overlays/staging" },
    says: [/mesh-six:argocdPath k8s\/overlays\/prod/],
  },
  "the patches of another stack": {
    change: () => patched(signed(deletion(pubsub), "other")),
    says: [/patches of stack other; .*mesh-six:argocdApplication NAME.*mesh-six:argocdTakeFrom other/],
  },
  "patches from before they named their stack": {
    change: () => patched(unnamed),
    says: [/mesh-six:argocdTakeFrom unnamed/],
  },
  "patches that its parent is to have": {
    values: { argocdPatchesBy: "parent" },
    says: [/expected its parent to have written the patches .* got none for .*Component agent-pubsub/],
  },
  "several sources": {
    change: () => ({ spec: { source: null, sources: [source] } }),
    says: [/got several \(spec\.sources\); .*mesh-six:argocdApplication NAME/],
  },
  "a source that is rendered into a branch": {
    change: () => ({ spec: { source: null, sourceHydrator: { drySource: source, syncSource: rendered } } }),
    says: [/got spec\.sourceHydrator.*mesh-six:argocdApplication NAME/],
  },
  "names with a prefix": {
    change: () => ({ spec: { source: { kustomize: { namePrefix: "prod-" } } } }),
    says: [/namePrefix prod-: .* would be pruned; .*mesh-six:argocdApplication NAME/],
  },
  "a source for Helm": {
    change: () => ({ spec: { source: { helm: { parameters: [] } } } }),
    says: [/got a source with helm; .*mesh-six:argocdApplication NAME/],
  },
};

/** Metadata that ArgoCD and controllers write, and its consequences. */
const reported = ["managedFields", "resourceVersion", "generation"];

/** Everything but that. */
async function asItIs(namespace = name): Promise<Everything> {
  const all = await everything(cluster, namespace);
  return Object.fromEntries(
    Object.entries(all).map(([key, { status, metadata, ...rest }]) => {
      const stays = Object.entries(metadata).filter(
        ([field]) => status === undefined || !reported.includes(field),
      );
      return [key, { ...rest, metadata: Object.fromEntries(stays) }];
    }),
  );
}

for (const [what, { change, values, says }] of Object.entries(cases)) {
  test(`refuses ${what} before the first write, and names the way out`, async () => {
    const { spec } = await person.application();
    if (change !== undefined) await person.write(change());
    const absent = { sources: null, sourceHydrator: null };
    try {
      const before = await asItIs();
      const refused = await new TakenOver(cluster, name, values).up().then(
        () => assert.fail("expected to be refused"),
        (error: unknown) => (error instanceof Refused ? error.message : Promise.reject(error as Error)),
      );
      for (const pattern of says) assert.match(refused, pattern);
      assert.deepEqual(await asItIs(), before);
    } finally {
      if (change !== undefined)
        await person.write({ spec: { ...spec, ...absent, source: { helm: null, ...spec.source } } });
    }
  });
}

const parents: Readonly<
  Record<string, () => Promise<{ readonly metadata: object; readonly title: string }>>
> = {
  "an ApplicationSet": async () => {
    const set = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet" };
    // The stand-in's cluster does not serve the kind; there nobody looks for the owner.
    const isServed = process.env["MESH_SIX_ARGOCD"] === "real";
    if (isServed)
      await cluster.apply({
        ...{ ...set, metadata: { name: "fleet", namespace: "argocd" } },
        spec: { generators: [], template: { metadata: { name: "any" }, spec: appOfApps("any").spec } },
      });
    const made = { metadata: { uid: "7a7e4a3e-0000-4000-8000-000000000000" } };
    const { metadata } = isServed
      ? await cluster.get<typeof made>("applicationset", "fleet", "-n", "argocd")
      : made;
    const owner = { ...set, name: "fleet", uid: metadata.uid };
    return { metadata: { ownerReferences: [owner] }, title: "ApplicationSet argocd/fleet" };
  },
  "an app of apps": async () => {
    await cluster.apply(appOfApps("root"));
    const mark = `root:argoproj.io/Application:argocd/${name}`;
    return {
      metadata: { annotations: { "argocd.argoproj.io/tracking-id": mark } },
      title: "Application argocd/root",
    };
  },
};

for (const [what, make] of Object.entries(parents)) {
  test(`refuses an Application below ${what}, and says what to paste there`, async () => {
    const { metadata, title } = await make();
    await person.write({ metadata });
    try {
      const before = await asItIs();
      await assert.rejects(new TakenOver(cluster, name).up(), (error: unknown) => {
        assert.ok(error instanceof Refused);
        const pattern = new RegExp(`managed by ${title}, which .* mesh-six:argocdPatchesBy parent`);
        assert.match(error.message, pattern);
        assert.match(error.message, /kubectl -n refused annotate --overwrite [^]*kustomize:\n +patches:/);
        return true;
      });
      assert.deepEqual(await asItIs(), before);
    } finally {
      await person.write({
        metadata: { ownerReferences: null, annotations: { "argocd.argoproj.io/tracking-id": null } },
      });
    }
  });
}

test("refuses a second stack beside the first in whichever way it is set, and the first stays as it is", async () => {
  const first = await install(cluster, "first", {});
  const stack = new TakenOver(cluster, "first", {}, "first");
  await stack.up();
  await first.syncByHand();
  const before = await asItIs("first");
  const ways: Readonly<Record<string, readonly [StackValues, RegExp]>> = {
    "the same settings": [
      {},
      /patches of stack first; .*mesh-six:argocdApplication NAME && .*namespace NAME/,
    ],
    "the same Application": [
      { namespace: "second" },
      /mesh-six:namespace first; to deploy beside it: .*argocdApplication NAME/,
    ],
    "the same Namespace": [
      { argocdApplication: "second" },
      /with the patches of stack first; give this stack a namespace of its own: .*mesh-six:namespace NAME/,
    ],
    "the same Namespace without an Application": [
      { argocdEnabled: "false" },
      /Namespace first: expected no other stack's, got the one of stack first; .*mesh-six:namespace NAME/,
    ],
    "patches that a parent is said to have": [
      { argocdPatchesBy: "parent" },
      /Namespace first: expected no other stack's, got the one of stack first/,
    ],
    "the same Namespace, and nothing is to be taken over": [
      { adopt: "false", argocdApplication: "second" },
      /Namespace first: expected no other stack's/,
    ],
  };
  for (const [what, [values, pattern]] of Object.entries(ways)) {
    const second = new TakenOver(cluster, "first", values, "second");
    await assert.rejects(
      second.up(),
      (error) => error instanceof Refused && pattern.test(error.message),
      what,
    );
    assert.deepEqual(await asItIs("first"), before, what);
  }
  await stack.up();
  const taken = new TakenOver(cluster, "first", { argocdTakeFrom: "first" }, "renamed");
  assert.deepEqual(await taken.up(), [], "the setting that says so takes the first one's place");
});
