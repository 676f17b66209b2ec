import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as provider from "../../../providers/registryRow/rowOperations.ts";
import * as rowsProvider from "../../../providers/registryRow/provider.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";
import { unknownValue } from "../../../lib/pulumi/sentinels.ts";
import { registryDatabase, without, type Props } from "../../support/postgres/registry.ts";

let server: TestPostgres;
let url: string;
before(async () => {
  server = await startPostgres();
  url = await registryDatabase(server);
});
after(() => server.close());

const plain = (changes: Partial<Props>): Props => ({
  url,
  serviceName: "app",
  repoUrl: "https://github.com/bto-labs/gwa-test-app",
  platform: "github",
  cicdType: "github-actions",
  triggerMethod: "project-board",
  onDelete: "delete",
  ...changes,
});

const hostile = [
  `x"; DROP TABLE repo_registry; --`,
  `'; DROP TABLE repo_registry; --`,
  `$1 $$ \\ ' " \` {} [] , NULL null`,
  "e".repeat(64),
  "Größe 🚀 名前 é \u202e \u0001 \n\t",
  "::text[] {a,b} #- ? %s %I",
];

for (const name of hostile)
  test(`${JSON.stringify(name)} is stored as it is in every column and key`, async () => {
    const props = plain({
      serviceName: name,
      repoUrl: name,
      platform: name,
      cicdType: name,
      triggerMethod: name,
      defaultBranch: name,
      boardId: name,
      metadata: { [name]: { [name]: name } },
    });
    assert.deepEqual((await provider.check({}, props)).inputs, props);
    await provider.create(props);
    const news = {
      ...props,
      platform: `${name}2`,
      metadata: { [name]: { [name]: `${name}2`, [`${name}3`]: [name] } },
    };
    await provider.update(name, props, news);
    const [stored] = await server.rows("SELECT * FROM repo_registry WHERE service_name = $1", url, [name]);
    assert.equal(stored?.["platform"], news.platform);
    assert.equal(stored?.["board_id"], name);
    assert.deepEqual(stored?.["metadata"], news.metadata);
    assert.deepEqual((await provider.read(name, news)).props, news);
    await provider.delete(name, news);
    assert.deepEqual(await server.rows("SELECT * FROM repo_registry", url), []);
  });

test("refuses values that PostgreSQL cannot store before anything is sent, each place by name", async () => {
  const { failures } = await provider.check(
    {},
    plain({
      serviceName: "a\0b",
      repoUrl: "half \ud800",
      platform: "",
      triggerMethod: "x".repeat(1001),
      metadata: { good: { ["bad\0"]: 1 }, list: ["\udfff"], fine: null },
    }),
  );
  assert.deepEqual(failures, [
    {
      property: "serviceName",
      reason: "expected a text without the character NUL, which PostgreSQL cannot store; got one with it",
    },
    { property: "repoUrl", reason: "expected well-formed Unicode, got half of a surrogate pair" },
    { property: "platform", reason: 'expected a text that is not empty, got ""' },
    { property: "triggerMethod", reason: "expected at most 1000 bytes, for the column is indexed; got 1001" },
    {
      property: "metadata.good",
      reason:
        'key "bad\\u0000": expected a text without the character NUL, which PostgreSQL cannot store; got one with it',
    },
    { property: "metadata.list.0", reason: "expected well-formed Unicode, got half of a surrogate pair" },
  ]);
});

test("a value known only after the update is not judged before", async () => {
  const unknown = unknownValue;
  const props = plain({ boardId: unknown, url: unknown, metadata: { projectFieldIds: unknown } });
  assert.deepEqual(await provider.check({}, props), { inputs: props });
});

test("a number that JSON does not know is taken as the server will have it", async () => {
  const row = without(plain({ metadata: { zero: -0, list: [-0] } }), "url", "serviceName", "onDelete");
  const { inputs } = await rowsProvider.check({}, { url, onDelete: "retain", rows: { app: row } });
  assert.deepEqual(inputs?.rows["app"]?.metadata, { zero: 0, list: [0] });
});

test("a hundred rows share one connection", async () => {
  const [start] = await server.rows<{ now: Date }>("SELECT now()");
  const rows = Array.from({ length: 100 }, (_, index) => plain({ serviceName: `app-${index}` }));
  await Promise.all(rows.map((props) => provider.create(props)));
  const opened = await server.rows(
    "SELECT FROM pg_stat_activity WHERE application_name = 'mesh-six registry' AND backend_start > $1",
    url,
    [start?.now],
  );
  // None, where the session of an earlier test was still open.
  assert.ok(opened.length <= 1, `opened ${opened.length}`);
  assert.deepEqual(await server.rows("SELECT count(*)::int AS n FROM repo_registry", url), [{ n: 100 }]);
});

test("a session that the server ended in between is opened again", async () => {
  await provider.create(plain({ serviceName: "first" }));
  await server.rows(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mesh-six registry'",
  );
  await provider.create(plain({ serviceName: "second" }));
  const names = await server.rows(
    "SELECT service_name FROM repo_registry WHERE service_name IN ('first', 'second')",
    url,
  );
  assert.equal(names.length, 2);
});
