import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as provider from "../../../providers/registryRow/provider.ts";
import {
  declaration,
  type Props,
  registryDatabase,
  startRegistry,
  type Stored,
  without,
} from "../../support/postgres/registry.ts";

const { server, url, close } = await startRegistry();
after(close);

/** The stack's rows, made in a database. */
async function made(database: string, ...rows: Props[]): Promise<provider.RowsProps> {
  const entries = rows.map(
    (row) => [row.serviceName, without(row, "url", "serviceName", "onDelete")] as const,
  );
  const inputs = { url: database, onDelete: "retain" as const, rows: Object.fromEntries(entries) };
  const { outs } = await provider.create(inputs);
  assert.ok(outs);
  return outs;
}

/** Another database with the same rows, as a copy has them. */
async function copied(olds: provider.RowsProps): Promise<string> {
  const database = await registryDatabase(server);
  await provider.create({ ...olds, url: database });
  return database;
}

async function stored(database: string, name: string): Promise<Stored | undefined> {
  const [row] = await server.rows<Stored>("SELECT * FROM repo_registry WHERE service_name = $1", database, [
    name,
  ]);
  return row;
}

async function failuresOf(olds: provider.RowsProps, news: provider.RowsProps): Promise<string[]> {
  const { failures = [] } = await provider.check(olds, news);
  return failures.map(({ reason }) => reason);
}

test("in another database a row that differs is announced column by column, and put right", async (t) => {
  const { serviceName, ...row } = declaration(url, { metadata: { keep: 1, goes: 2 } });
  const olds = await made(url, { serviceName, ...row });
  const copy = await copied(olds);
  await server.rows(
    `UPDATE repo_registry SET platform = 'gitea', metadata = metadata || '{"theirs": 3}'`,
    copy,
  );
  const declared = olds.rows[serviceName]!;
  const news = { ...olds, url: copy, rows: { [serviceName]: { ...declared, metadata: { keep: 1 } } } };

  const said = t.mock.method(console, "log", () => undefined);
  const { inputs, failures } = await provider.check(olds, { ...news, preview: true });
  assert.deepEqual([inputs, failures], [news, []]);
  assert.deepEqual(
    said.mock.calls.map(({ arguments: [line] }) => String(line)),
    [`registry row "${serviceName}" is there already: platform "gitea" → "github"`],
  );
  assert.equal((await provider.diff("", olds, news)).changes, true);
  const { outs } = await provider.update("", olds, news);
  assert.deepEqual(outs, news);
  const { platform, metadata } = (await stored(copy, serviceName))!;
  assert.deepEqual([platform, metadata], ["github", { keep: 1, theirs: 3 }], "a key no longer declared goes");
  assert.deepEqual(
    (await stored(url, serviceName))?.metadata,
    { keep: 1, goes: 2 },
    "the old database stays",
  );
});

test("in another database a row of another repository is refused in the preview, one of the entry's before is none", async () => {
  const row = declaration(url);
  const olds = await made(url, row);
  const copy = await copied(olds);
  const elsewhere = "https://github.com/bto-labs/renamed";
  const rows = { [row.serviceName]: { ...olds.rows[row.serviceName]!, repoUrl: elsewhere } };
  assert.deepEqual(await failuresOf(olds, { ...olds, url: copy, rows }), []);
  await server.rows("UPDATE repo_registry SET repo_url = 'https://github.com/else/where'", copy);
  const [reason] = await failuresOf(olds, { ...olds, url: copy });
  assert.match(
    reason ?? "",
    /expected no row or one of repository .* got a row of repository "https:\/\/github.com\/else\/where"/,
  );
  await assert.rejects(provider.update("", olds, { ...olds, url: copy }), { message: reason });
});

test("a row that goes with a move goes in the database of now, not in the one before", async () => {
  const row = declaration(url);
  const olds = await made(url, row);
  const copy = await copied(olds);
  await provider.update("", olds, { url: copy, onDelete: "delete", rows: {} });
  assert.equal(await stored(copy, row.serviceName), undefined);
  assert.ok(await stored(url, row.serviceName));
});

test("a new password asks for nothing of the rows", async () => {
  const olds = await made(url, declaration(url));
  const news = { ...olds, url: url.replace(/:[^:@/]+@/, ":another@") };
  assert.notEqual(news.url, url);
  assert.deepEqual(await failuresOf(olds, news), []);
  assert.deepEqual(await provider.update("", olds, news), { outs: news });
});

test("a row gets no name that another row has: refused in the preview, and in the update with the same words", async () => {
  const [row, other] = [declaration(url), declaration(url, { repoUrl: "https://github.com/else/where" })];
  const olds = await made(url, row);
  await made(url, other);
  const declared = olds.rows[row.serviceName]!;
  const news = { ...olds, rows: { [other.serviceName]: { ...declared, renamedFrom: row.serviceName } } };
  const reason = `registry row "${other.serviceName}": expected none, since row "${row.serviceName}" is to get this name, got one of repository "https://github.com/else/where"; delete it if nobody needs it, or choose another service name`;
  assert.deepEqual(await failuresOf(olds, news), [reason]);
  await assert.rejects(provider.update("", olds, news), { message: reason });
  assert.ok(await stored(url, row.serviceName));
  await server.rows("DELETE FROM repo_registry WHERE service_name = $1", url, [other.serviceName]);
  assert.deepEqual(await failuresOf(olds, news), []);
  await provider.update("", olds, news);
  assert.deepEqual((await stored(url, other.serviceName))?.["repo_url"], row.repoUrl);
  assert.equal(await stored(url, row.serviceName), undefined);
});

test("an update that was killed behind a renaming goes on with the row under its new name", async () => {
  const row = declaration(url);
  const olds = await made(url, row);
  const name = `${row.serviceName}-renamed`;
  const repoUrl = "https://github.com/bto-labs/renamed";
  const declared = olds.rows[row.serviceName]!;
  const news = { ...olds, rows: { [name]: { ...declared, repoUrl, renamedFrom: row.serviceName } } };
  await server.rows("UPDATE repo_registry SET service_name = $2 WHERE service_name = $1", url, [
    row.serviceName,
    name,
  ]);
  assert.deepEqual(await failuresOf(olds, news), []);
  await provider.update("", olds, news);
  assert.equal((await stored(url, name))?.["repo_url"], repoUrl);
});
