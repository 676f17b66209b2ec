import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import {
  LocalWorkspace,
  PulumiCommand,
  type PreviewResult,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { EventPartitions } from "../../providers/partitions/resource.ts";
import { Registry, type RegistryEntry } from "../../components/registry.ts";
import { pathFolders } from "../../sandbox/engine/operations.ts";
import { resolveToolchain } from "../../toolchain/resolve.ts";
import {
  catalogue,
  event,
  eventLogDatabase,
  partition,
  defaultPartition,
} from "../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../support/postgres/postgres.ts";
import { declaration, registryDatabase, without } from "../support/postgres/registry.ts";

const project = resolve(import.meta.dirname, "../..");

let server: TestPostgres;
let folder: string;
let stack: Stack;
/** The program's declarations; a test changes them between two operations. */
let program: () => Record<string, unknown>;

before(async () => {
  const toolchain = await resolveToolchain({ progress: () => undefined, installPlugins: false });
  server = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), "mesh-six-engine-"));
  await mkdir(join(folder, "state"));
  const command = await PulumiCommand.get({
    root: dirname(dirname(toolchain.engine.command)),
    skipVersionCheck: true,
  });
  stack = await LocalWorkspace.createStack(
    { stackName: "test", projectName: "mesh-six", program: () => Promise.resolve(program()) },
    {
      workDir: folder,
      pulumiCommand: command,
      secretsProvider: "passphrase",
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        MESH_SIX_ROOT: project,
        PATH: [...pathFolders(toolchain), process.env["PATH"] ?? ""].join(delimiter),
      },
    },
  );
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function preview(): Promise<PreviewResult> {
  return stack.preview({ diff: true, color: "never" });
}

/** The state as it lies on disk; an export would decrypt it. */
async function stateFile(): Promise<string> {
  return readFile(join(folder, "state/.pulumi/stacks/mesh-six/test.json"), "utf8");
}

test("the event log's partitions: previewed, made, unchanged, drifted, repaired, kept", async () => {
  const url = await eventLogDatabase(server, defaultPartition, event("now"));
  let monthsAhead = 2;
  program = () => ({
    until: new EventPartitions("event-partitions", {
      url,
      monthsAhead,
      oldPartitions: "keep",
      timeZone: "UTC",
    }).coveredUntil,
  });
  const names = async () =>
    Object.keys(await catalogue(server, url)).filter((name) => !name.endsWith("_default"));

  const shortly = await stack.preview({ color: "never" });
  const first = await preview();
  const up = await stack.up({ color: "never" });
  const made = await names();
  assert.equal(made.length, 3);
  for (const name of made)
    for (const { stdout } of [first, shortly])
      assert.ok(stdout.includes(name), `the preview names ${name}: ${stdout}`);
  assert.match(shortly.stdout, /rows waiting in public\.mesh_six_events_default to be moved: 1/);
  assert.match(String(up.outputs["until"]?.value), /^\d{4}-\d\d-01T00:00:00\+00:00$/);
  const state = await stateFile();
  assert.ok(state.includes("event-partitions"));
  assert.doesNotMatch(state, /ss:w|ss%3Aw/, "the password is encrypted in the state");

  assert.deepEqual((await stack.up({ color: "never", expectNoChanges: true })).summary.resourceChanges, {
    same: 2,
  });

  await server.rows(`DROP TABLE ${made[1]}`, url);
  await stack.refresh({ color: "never" });
  assert.ok((await preview()).stdout.includes(`${made[1]}`), "the preview names the missing one");
  await stack.up({ color: "never" });
  assert.deepEqual(await names(), made);
  await stack.refresh({ color: "never", expectNoChanges: true });

  monthsAhead = 3;
  await preview();
  assert.deepEqual(await names(), made, "a preview makes nothing");
  await stack.up({ color: "never" });
  assert.equal((await names()).length, 4);

  await server.rows(partition("mesh_six_events_2020_01", "2020-01-01Z", "2020-02-01Z"), url);
  await stack.destroy({ color: "never" });
  assert.equal((await names()).length, 5, "what people wrote stays");
});

test("registry rows: made, unchanged, difference by column, drift, conflict, kept or deleted", async () => {
  const url = await registryDatabase(server);
  const entry = without(declaration(url), "url", "onDelete");
  let entries: RegistryEntry[] = [entry, { ...entry, serviceName: `x"; DROP TABLE--` }];
  let onDelete: "retain" | "delete" = "retain";
  program = () => {
    new Registry("registry", { url, entries, onDelete });
    return {};
  };
  const rows = () => server.rows<Record<string, unknown>>("SELECT * FROM repo_registry ORDER BY 1", url);

  await stack.up({ color: "never" });
  assert.equal((await rows()).length, 2);
  const sizes = [await sizeOfRows()];
  await stack.up({ color: "never", expectNoChanges: true });

  const before = await rows();
  entries = [...entries, { ...entry, serviceName: "a third" }];
  await stack.up({ color: "never" });
  sizes.push(await sizeOfRows());
  const added = (sizes[1] ?? NaN) - (sizes[0] ?? NaN);
  assert.ok(added < 1000, `a row takes ${added} characters of state`);
  assert.deepEqual(
    (await rows()).filter((row) => row["service_name"] !== "a third"),
    before,
    "the rows of others are as they were",
  );

  entries = entries.map((each) => ({ ...each, triggerMethod: "push", metadata: { owner: "somebody" } }));
  const { stdout } = await preview();
  assert.match(stdout, /triggerMethod\s*: "project-board" => "push"/);
  assert.match(stdout, /~ owner\s*: "bto-labs" => "somebody"/);
  assert.doesNotMatch(stdout, /platform.*=>/);
  await stack.up({ color: "never" });

  await server.rows("UPDATE repo_registry SET platform = 'gitea' WHERE service_name = 'a third'", url);
  entries = entries.map((each) => ({ ...each, cicdType: "none" }));
  await assert.rejects(
    stack.up({ color: "never" }),
    /registry row "a third": column platform: expected "github" as last seen, got "gitea"/,
  );
  assert.deepEqual(
    (await rows()).map((row) => row["cicd_type"]).sort(),
    ["github-actions", "none", "none"],
    "one row in conflict leaves no other undone",
  );
  await stack.refresh({ color: "never" });
  assert.match((await preview()).stdout, /platform\s*: "gitea" => "github"/);
  await stack.up({ color: "never" });
  assert.deepEqual(new Set((await rows()).map((row) => row["platform"])), new Set(["github"]));

  await server.rows("DELETE FROM repo_registry WHERE service_name = 'a third'", url);
  await stack.refresh({ color: "never" });
  assert.match((await preview()).stdout, /\+ a third/);
  await stack.up({ color: "never" });
  assert.equal((await rows()).length, 3);

  entries = entries.slice(1);
  await stack.up({ color: "never" });
  assert.equal((await rows()).length, 3, "a row that is no longer declared stays");
  entries = entries.slice(1);
  onDelete = "delete";
  await stack.up({ color: "never" });
  assert.deepEqual(
    (await rows()).map((row) => row["service_name"]),
    ["a third", entry.serviceName],
    "the one dropped with the word goes",
  );
  await stack.destroy({ color: "never" });
  assert.deepEqual(
    (await rows()).map((row) => row["service_name"]),
    [entry.serviceName],
  );
});

/** Characters the rows take in the state. */
async function sizeOfRows(): Promise<number> {
  const { checkpoint } = JSON.parse(await stateFile()) as {
    checkpoint: { latest: { resources: { type: string }[] } };
  };
  const rows = checkpoint.latest.resources.find(({ type }) => type.endsWith(":RegistryRows"));
  assert.ok(rows);
  return JSON.stringify(rows).length;
}
