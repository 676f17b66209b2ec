import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { madeOrGone, type OperationDocument, TestSandbox } from "../../support/engine/sandbox.ts";
import { type Exported, type Resource, savedResources, withIdsOf } from "./state.ts";

/** The one resource that is new since. */
const addition = "create pulumi-nodejs:dynamic/mesh-six:ObjectOwners additions";

/*
 * The state of a stack that version 0.1.0 made, over the cluster, database and GitHub that this version makes with the
 * same random values. Type tokens, names, provider folders, aliases and the shapes of inputs and outputs have to fit.
 */
describe("a stack of version 0.1.0", () => {
  let sandbox: TestSandbox;
  let saved: readonly Resource[];
  let made: ReadonlyMap<string, Resource>;

  before(async () => {
    sandbox = await TestSandbox.create();
    const place = sandboxDirectory(sandbox.directory);
    copyFileSync(join(import.meta.dirname, "credentials.json"), place.credentials);
    writeFileSync(place.mark, "");
    // Starts the services, and writes nothing to them.
    await sandbox.operate("preview");
    const found = savedResources("0.1.0.json", sandbox);
    const isRandom = ({ urn }: Resource) => /random:index|pulumi:providers:random/.test(urn);
    const beginning = found.filter((resource) => !resource.custom || isRandom(resource));
    await replaceState(beginning.map((resource) => ({ ...resource, dependencies: [] })));
    await sandbox.operate("up");
    made = byUrn(await exported());
    saved = withIdsOf(found, made);
    await replaceState(saved);
  });
  after(() => sandbox.close());

  async function exported(): Promise<Exported> {
    return JSON.parse(await sandbox.pulumi("stack", "export", "--show-secrets")) as Exported;
  }

  async function replaceState(resources: readonly Resource[]): Promise<void> {
    const { version, deployment } = await exported();
    const file = join(sandbox.directory, "saved.json");
    writeFileSync(file, JSON.stringify({ version, deployment: { ...deployment, resources } }));
    await sandbox.pulumi("stack", "import", "--stack", "sandbox", "--file", file);
  }

  /** The changed members of each resource that CHANGELOG.md names for the first `up`. */
  function changedOnce(): Readonly<Record<string, readonly string[]>> {
    const objects = saved.filter(({ type }) => type.startsWith("kubernetes:"));
    const also: Readonly<Record<string, readonly string[]>> = {
      "Component agent-outbox": ["scopes"],
      "Component agent-pubsub": ["scopes"],
      "Component agent-statestore": ["scopes"],
      "CronJob event-partition-upkeep": ["spec.suspend"],
      "ConfigMap event-partition-upkeep-script": [`data["upkeep.sql"]`],
      "ConfigMap dashboard-nginx": [`data["dashboard.conf.template"]`],
      "Deployment dashboard": [`spec.template.metadata.annotations["mesh-six/checksum"]`],
      "Application application": ["spec.source.kustomize.patches"],
    };
    return {
      // The annotations that every object gets; the Application's patches also get the sandbox's ids of GitHub.
      ...Object.fromEntries(
        objects.map((object) => [named(object), ["metadata.annotations", ...(also[named(object)] ?? [])]]),
      ),
      "ApplicationSync application-sync": [],
      "TakeOver adoption": [],
      "RegistryRows registry-rows": [],
      // By the month.
      ...(isThisMonths() ? {} : { "EventPartitions event-partitions": [] }),
    };
  }

  /** Whether the state was saved in the month that the database's clock says. */
  function isThisMonths(): boolean {
    const months = [saved, [...made.values()]].map(
      (resources) => resources.find(({ type }) => type.endsWith(":EventPartitions"))?.inputs?.["months"],
    );
    return JSON.stringify(months[0]) === JSON.stringify(months[1]);
  }

  /** The official Kubernetes plugin writes a key with a slash after a point. */
  const spelled = (path: string) => path.replace(/\.([^.[\]]*\/[^.[\]]*)/g, '["$1"]');

  function assertChangedOnce(document: OperationDocument): void {
    assert.deepEqual(madeOrGone(document), [addition]);
    const { steps } = document;
    // A plugin that no resource names follows its package's version.
    const updates = steps.filter(
      ({ name, operation }) => operation === "update" && !name.startsWith("default"),
    );
    const changed = updates.map((step): [string, string[]] => [
      named(step),
      [...new Set(step.changes.map((path) => spelled(path).replace(/(patches)\[.*/, "$1")))].sort(),
    ]);
    const expected = Object.entries(changedOnce()).map(([name, paths]) => [name, paths.toSorted()]);
    assert.deepEqual(Object.fromEntries(changed), Object.fromEntries(expected));
  }

  test("is read by each resource's own line of code, with nothing gone and nothing to replace", async () => {
    assert.deepEqual(madeOrGone(await sandbox.operate("preview", "--refresh")), [addition]);
  });

  test("is changed by a preview in nothing but what CHANGELOG.md names", async () => {
    assertChangedOnce(await sandbox.operate("preview"));
  });

  test("is changed by up in nothing else, and by the next up in nothing", async () => {
    assertChangedOnce(await sandbox.operate("up"));
    const { changes } = await sandbox.operate("up", "--expect-no-changes");
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  test("keeps every resource under its name, and every provider's line of code", async () => {
    const now = byUrn(await exported());
    const kept = saved.filter(({ urn }) => !/::default[^:]*$/.test(urn));
    assert.deepEqual(
      kept.filter(({ urn }) => !now.has(urn)).map(({ urn }) => urn),
      [],
    );
    for (const { urn, id, inputs } of kept) {
      assert.equal(now.get(urn)?.id, id, urn);
      assert.equal(now.get(urn)?.inputs?.["__provider"], inputs?.["__provider"], urn);
    }
  });

  test("is destroyed from the state as it was saved", async () => {
    await replaceState(saved);
    await sandbox.operate("destroy");
    const namespaces = await sandbox.kubectl("get", "namespaces", "-o", "name");
    assert.doesNotMatch(namespaces, /namespace\/mesh-six$/m);
    assert.deepEqual(await sandbox.rows("SELECT datname FROM pg_database WHERE datname = 'mesh_six'"), []);
  });
});

/** As in `ConfigMap dashboard-nginx`. */
function named(one: { readonly type: string; readonly name?: string; readonly urn?: string }): string {
  return `${one.type.split(":").pop() ?? ""} ${one.name ?? one.urn?.split("::").pop() ?? ""}`;
}

function byUrn({ deployment }: Exported): ReadonlyMap<string, Resource> {
  return new Map((deployment.resources ?? []).map((resource) => [resource.urn, resource]));
}
