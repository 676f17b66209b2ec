import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import * as provider from "../../../providers/registryRow/rowOperations.ts";
import * as rowsProvider from "../../../providers/registryRow/provider.ts";
import { created, declaration, startRegistry, without } from "../../support/postgres/registry.ts";

const { server, url, row, sql, close } = await startRegistry();
after(close);

test("a value of ours that somebody changed since the last look is a conflict by name, and nothing is written", async () => {
  const olds = await created(declaration(url));
  await sql(
    `UPDATE repo_registry SET metadata = jsonb_set(metadata, '{projectFieldIds,status}', '"theirs"') WHERE service_name = $1`,
    olds.serviceName,
  );
  const earlier = await row(olds.serviceName);
  await assert.rejects(provider.update(olds.serviceName, olds, { ...olds, platform: "gitea" }), {
    message: `registry row "${olds.serviceName}": column metadata.projectFieldIds.status: expected "F1" as last seen, got "theirs" from somebody else, wanted "F1"; run pulumi refresh to take note of it, then pulumi up to overwrite it`,
  });
  assert.deepEqual(await row(olds.serviceName), earlier);
});

test("two that write the row at once: one after the other, neither lost", async () => {
  const olds = await created(declaration(url));
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query("BEGIN");
  await other.query(
    `UPDATE repo_registry SET metadata = metadata || '{"theirs": 1}' WHERE service_name = $1`,
    [olds.serviceName],
  );
  const ours = provider.update(olds.serviceName, olds, { ...olds, metadata: { ...olds.metadata, ours: 1 } });
  setTimeout(() => void other.query("COMMIT").then(() => other.end()), 300);
  await ours;
  const { theirs, ours: written } = (await row(olds.serviceName))?.metadata ?? {};
  assert.deepEqual([theirs, written], [1, 1]);
});

test("an update that was killed after its commit finds its own values there, which are no conflict", async () => {
  const olds = await created(
    declaration(url, { defaultBranch: "trunk", metadata: { tags: [], "a.b": 1, a: { b: 1 } } }),
  );
  // The server gives the column its default, and puts the keys of an object in an order of its own.
  const news = {
    ...without(olds, "defaultBranch"),
    metadata: { tags: [{ name: "n", a: 1 }], "a.b": 2, a: { b: 3 } },
  };
  await provider.update(olds.serviceName, olds, news);
  await provider.update(olds.serviceName, olds, news);
  assert.equal((await row(olds.serviceName))?.["default_branch"], "main");
});

test("keeps keys with a dot apart from the paths they look like", async () => {
  const olds = await created(declaration(url, { metadata: { "a.b": 1, a: { b: 1 } } }));
  await sql(
    `UPDATE repo_registry SET metadata = jsonb_set(metadata, '{a.b}', '3') WHERE service_name = $1`,
    olds.serviceName,
  );
  await assert.rejects(
    provider.update(olds.serviceName, olds, { ...olds, metadata: { "a.b": 2, a: { b: 3 } } }),
    /column metadata\.a\.b: expected 1 as last seen, got 3 from somebody else, wanted 2/,
  );
});

test("does not wait without end for the holder of the table, in a preview and a refresh either", async () => {
  const props = await created(declaration(url));
  const other = declaration(url);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  const refused = /canceling statement due to lock timeout .*; somebody keeps the row or the table locked/;
  await holder.query("BEGIN; LOCK TABLE repo_registry");
  await Promise.all([
    assert.rejects(provider.create(other), refused),
    assert.rejects(provider.check({}, other), refused),
    assert.rejects(provider.read(props.serviceName, props), refused),
  ]);
  await holder.end();
});

test("a row made by hand for the same repository is taken over", async () => {
  const props = declaration(url);
  await sql(
    `INSERT INTO repo_registry (service_name, repo_url, platform, cicd_type, trigger_method, metadata)
     VALUES ($1, 'https://GitHub.com/bto-labs/gwa-test-app.git', 'gitlab', 'none', 'none', '{"by": "hand"}')`,
    props.serviceName,
  );
  await created(props);
  const stored = await row(props.serviceName);
  assert.equal(stored?.["platform"], "github");
  assert.equal(stored?.metadata["by"], "hand");
  assert.deepEqual((await provider.read(props.serviceName, props)).props, props);
});

test("a row of another repository is refused in the preview and in the update, unless adopted", async () => {
  const props = declaration(url);
  await sql(
    `INSERT INTO repo_registry (service_name, repo_url, platform, cicd_type, trigger_method)
     VALUES ($1, 'https://github.com/else/where', 'github', 'none', 'none')`,
    props.serviceName,
  );
  const reason = `registry row "${props.serviceName}": expected no row or one of repository "https://github.com/bto-labs/gwa-test-app", got a row of repository "https://github.com/else/where"; set adopt to take it over, or choose another service name`;
  assert.deepEqual((await provider.check({}, props)).failures, [{ property: "", reason }]);
  await assert.rejects(provider.create(props), { message: reason });
  await created({ ...props, adopt: true });
  assert.equal((await row(props.serviceName))?.["repo_url"], props.repoUrl);
});

test("metadata that is JSON's null is as empty as SQL's", async () => {
  const olds = await created(declaration(url));
  await sql(`UPDATE repo_registry SET metadata = 'null' WHERE service_name = $1`, olds.serviceName);
  const { props } = await provider.read(olds.serviceName, olds);
  assert.ok(props);
  await provider.update(olds.serviceName, props, olds);
  assert.deepEqual((await row(olds.serviceName))?.metadata, olds.metadata);
});

test("metadata that is no object is refused, not overwritten", async () => {
  const olds = await created(declaration(url));
  await sql(`UPDATE repo_registry SET metadata = '[1]' WHERE service_name = $1`, olds.serviceName);
  const { props } = await provider.read(olds.serviceName, olds);
  assert.ok(props);
  await assert.rejects(
    provider.update(olds.serviceName, props, olds),
    /column metadata: expected an object to merge into, got \[1\]/,
  );
});

test("delete leaves the row unless asked, deletes once when asked, and never another repository's", async () => {
  const props = await created(declaration(url));
  await provider.delete(props.serviceName, props);
  assert.ok(await row(props.serviceName));
  await sql(
    "UPDATE repo_registry SET repo_url = 'https://github.com/else/where' WHERE service_name = $1",
    props.serviceName,
  );
  await assert.rejects(
    provider.delete(props.serviceName, { ...props, onDelete: "delete" }),
    /before deleting, got "https:\/\/github.com\/else\/where"/,
  );
  await sql(
    "UPDATE repo_registry SET repo_url = $2 WHERE service_name = $1",
    props.serviceName,
    props.repoUrl,
  );
  await provider.delete(props.serviceName, { ...props, onDelete: "delete" });
  assert.equal(await row(props.serviceName), undefined);
  await provider.delete(props.serviceName, { ...props, onDelete: "delete" });
});

test("delete leaves the row of an entry with adopt, and one whose board is another's by now", async () => {
  const props = await created(declaration(url, { onDelete: "delete", boardId: "PVT_ours" }));
  await provider.delete(props.serviceName, { ...props, adopt: true });
  assert.ok(await row(props.serviceName));
  await sql("UPDATE repo_registry SET board_id = 'PVT_else' WHERE service_name = $1", props.serviceName);
  await assert.rejects(
    provider.delete(props.serviceName, props),
    /expected board "PVT_ours" before deleting, got "PVT_else" from somebody else/,
  );
  assert.ok(await row(props.serviceName));
  await sql("UPDATE repo_registry SET board_id = 'PVT_ours' WHERE service_name = $1", props.serviceName);
  await provider.delete(props.serviceName, props);
  assert.equal(await row(props.serviceName), undefined);
});

test("a row that a refresh has found to be another repository's is still not deleted", async () => {
  const { serviceName, ...props } = await created(declaration(url, { onDelete: "delete" }));
  const state = {
    url,
    onDelete: props.onDelete,
    rows: { [serviceName]: without({ ...props, serviceName }, "url", "serviceName", "onDelete") },
  };
  const theirs = "https://github.com/else/where";
  await sql("UPDATE repo_registry SET repo_url = $2 WHERE service_name = $1", serviceName, theirs);
  const once = await rowsProvider.read("", state);
  assert.equal(once.inputs?.rows[serviceName]?.repoUrl, theirs, "the preview shows it beside ours");
  assert.ok(once.props && !("formerRepoUrl" in (once.inputs?.rows[serviceName] ?? {})));
  const { props: twice } = await rowsProvider.read("", once.props);
  assert.ok(twice);
  await assert.rejects(
    rowsProvider.delete("", twice),
    /expected repository ".*gwa-test-app" before deleting/,
  );
  await sql("UPDATE repo_registry SET repo_url = $2 WHERE service_name = $1", serviceName, props.repoUrl);
  assert.deepEqual((await rowsProvider.read("", twice)).props, state, "and it is forgotten when it is ours");
});

test("names the remedy for a database without the table, and for a role without the right to write", async () => {
  const props = declaration(await server.database());
  assert.deepEqual((await provider.check({}, props)).inputs, props, "a preview waits for the migration");
  assert.deepEqual(await provider.read(props.serviceName, props), { id: "" });
  await provider.delete(props.serviceName, { ...props, onDelete: "delete" });
  await assert.rejects(
    provider.create(props),
    /^Error: registry row "app-\d+": .*; apply migrations\/002_repo_registry.sql first$/,
  );
  await sql("CREATE ROLE reader LOGIN PASSWORD 'reader'");
  await sql("GRANT SELECT ON repo_registry TO reader");
  const reader = new URL(url);
  reader.username = reader.password = "reader";
  await assert.rejects(
    provider.create(declaration(reader.href)),
    /permission denied .*\(SQLSTATE 42501\); connect as the owner/,
  );
});
