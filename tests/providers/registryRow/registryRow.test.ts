import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as provider from "../../../providers/registryRow/rowOperations.ts";
import { created, declaration, startRegistry, without, type Props } from "../../support/postgres/registry.ts";

const { url, row, sql, close } = await startRegistry();
after(close);

test("writes the row exactly as declared, with the defaults of the rest", async () => {
  const { serviceName } = await created(declaration(url));
  const found = await row(serviceName);
  assert.ok(found);
  const { created_at, updated_at, ...stored } = found;
  assert.deepEqual(stored, {
    service_name: serviceName,
    repo_url: "https://github.com/bto-labs/gwa-test-app",
    platform: "github",
    default_branch: "main",
    cicd_type: "github-actions",
    trigger_method: "project-board",
    board_id: "PVT_1",
    metadata: {
      owner: "bto-labs",
      repo: "gwa-test-app",
      deployUrl: "https://test-app.bto.bar",
      projectFieldIds: { status: "F1", sessionId: "F2", podName: "F3", workflowId: "F4", priority: "F5" },
    },
  });
  assert.deepEqual(created_at, updated_at);
});

test("a second time finds no change without SQL, and a refresh finds none either", async () => {
  const props = await created(declaration(url));
  const unreachable = { ...props, url: "postgres://u:p@127.0.0.1:1/nowhere" };
  const { inputs } = await provider.check(unreachable, unreachable);
  assert.ok(inputs);
  assert.equal(provider.isOther(unreachable, inputs), false);
  assert.deepEqual(await provider.read(props.serviceName, props), { id: props.serviceName, props });
});

test("an update writes what changed, and keeps the columns and keys of other writers", async () => {
  const olds = await created(without(declaration(url), "boardId"));
  await sql(
    `UPDATE repo_registry SET board_id = 'theirs', updated_at = '2001-01-01Z',
       metadata = metadata || '{"lastDeploy": 12345678901234567890, "projectFieldIds": {"status": "F1", "sessionId": "F2", "podName": "F3", "workflowId": "F4", "priority": "F5", "estimate": "X"}}'
     WHERE service_name = $1`,
    olds.serviceName,
  );
  const news: Props = {
    ...olds,
    defaultBranch: "trunk",
    metadata: {
      owner: "bto-labs",
      deployUrl: "https://else",
      projectFieldIds: { status: "F9", podName: "F3" },
      tags: ["a", { b: null }],
    },
  };
  assert.equal(provider.isOther(olds, news), true);
  await provider.update(olds.serviceName, olds, news);
  const stored = await row(olds.serviceName);
  assert.equal(stored?.["board_id"], "theirs");
  assert.equal(stored?.["default_branch"], "trunk");
  assert.ok((stored?.["updated_at"] as Date).getTime() > Date.now() - 60_000);
  assert.deepEqual(stored?.metadata, {
    owner: "bto-labs",
    deployUrl: "https://else",
    projectFieldIds: { status: "F9", podName: "F3", estimate: "X" },
    tags: ["a", { b: null }],
    lastDeploy: Number("12345678901234567890"),
  });
  const [exact] = await sql(
    "SELECT metadata ->> 'lastDeploy' AS digits FROM repo_registry WHERE service_name = $1",
    olds.serviceName,
  );
  assert.deepEqual(exact, { digits: "12345678901234567890" }, "to the last digit");
});

test("a column or key that is no longer declared goes back to what it is without us", async () => {
  const olds = await created(declaration(url, { metadata: { a: { b: { c: 1 } }, keep: true } }));
  await provider.update(olds.serviceName, olds, {
    ...without(olds, "boardId", "defaultBranch"),
    metadata: { keep: true },
  });
  const stored = await row(olds.serviceName);
  assert.deepEqual(
    [stored?.["board_id"], stored?.["default_branch"], stored?.metadata],
    [null, "main", { keep: true }],
  );
});

test("an update that changes nothing in the row leaves updated_at", async () => {
  const olds = await created(declaration(url));
  const earlier = await row(olds.serviceName);
  await provider.update(olds.serviceName, olds, { ...olds, onDelete: "delete" });
  assert.deepEqual(await row(olds.serviceName), earlier);
});

test("a refresh finds what somebody changed of ours, column by column, and the next update repairs it", async () => {
  const olds = await created(declaration(url));
  await sql(
    `UPDATE repo_registry SET platform = 'gitea', board_id = NULL,
       metadata = jsonb_set(metadata #- '{repo}', '{projectFieldIds,status}', '"F0"') || '{"other": 1}' WHERE service_name = $1`,
    olds.serviceName,
  );
  const { props, inputs } = await provider.read(olds.serviceName, olds);
  assert.ok(props && inputs);
  assert.deepEqual(props, {
    ...without(olds, "boardId"),
    platform: "gitea",
    metadata: {
      owner: "bto-labs",
      deployUrl: "https://test-app.bto.bar",
      projectFieldIds: { status: "F0", sessionId: "F2", podName: "F3", workflowId: "F4", priority: "F5" },
    },
  });
  assert.deepEqual(inputs, props, "so that a preview shows each value beside the declared one");
  assert.equal(provider.isOther(props, olds), true);
  await provider.update(olds.serviceName, props, olds);
  const again = await provider.read(olds.serviceName, olds);
  assert.deepEqual(again.props, olds);
  assert.equal((await row(olds.serviceName))?.metadata["other"], 1);
});

test("a row that was deleted is found missing, and made again", async () => {
  const olds = await created(declaration(url));
  await sql("DELETE FROM repo_registry WHERE service_name = $1", olds.serviceName);
  assert.deepEqual(await provider.read(olds.serviceName, olds), { id: "" });
  await provider.update(olds.serviceName, olds, { ...olds, platform: "gitea" });
  assert.equal((await row(olds.serviceName))?.["platform"], "gitea");
});
