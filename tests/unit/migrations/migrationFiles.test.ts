import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { tokenize } from "../../../providers/migrations/files/lexer.ts";
import { lineOf } from "../../../lib/text/problem.ts";
import { splitStatements } from "../../../providers/migrations/files/statements.ts";
import { migrationFolder, ownMigrations } from "../../support/postgres/migrations.ts";

const texts = (sql: string): string[] => [...splitStatements(sql)].map((statement) => statement.text);

test("the project's own migrations have no problem and come in order", () => {
  const { migrations, problems } = readMigrations(ownMigrations);
  assert.deepEqual([...problems, ...migrations.flatMap((migration) => migration.problems)], []);
  assert.deepEqual(
    migrations.map((migration) => migration.version),
    [1n, 2n, 3n, 4n],
  );
});

test("splits only at semicolons that end a statement", () => {
  const statements = [
    "SELECT 'a;b', E'it\\'s;', \"x;\"\"y\", $$ ; $$, $tag$ $$ ; $tag$, U&'d\\0061;'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
    "CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT t.case AS end FROM t; SELECT t.end AS case FROM t; END",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
    "SELECT 1 -- not; here",
    "SELECT /* nor; /* here; */ ; */ 2",
    "SELECT a::int, b[1:2], x'ff', 1.5e10, $1, 5 %-1, tëst$1",
    "DO $do$ BEGIN PERFORM 1; END $do$",
  ];
  const found = texts(`;;${statements.join("\n;\n")};;`);
  assert.deepEqual(found, [...statements.slice(0, 4), "SELECT 1", ...statements.slice(5)]);
});

test("a comment ends an operator, and a backslash is no escape in a plain string", () => {
  assert.deepEqual(
    tokenize("1 +-- x\n- 2 'a\\' e 'b' E'\\''").map((token) => token.text),
    ["1", "+", "-", "2", "'a\\'", "e", "'b'", "E'\\''"],
  );
});

test("white space before a sign does not count", () => {
  const spaced = "SELECT a = - 1, a < + - 1, - - 1, a @- 1, a <-> b";
  const tight = "SELECT a=-1, a<+-1, - -1, a @-1, a<->b";
  const [first, second] = [spaced, tight].map((sql) => tokenize(sql).map((token) => token.text));
  assert.deepEqual(first, second);
});

test("a string that is opened again on a later line goes on as what it was", () => {
  assert.deepEqual(
    tokenize("E'a' -- x\n 'b\\'c' 'd\\' 'e'\n'f\\'").map((token) => token.text),
    ["E'a'", "'b\\'c'", "'d\\'", "'e'", "'f\\'"],
  );
});

test("a comment ends at a lone carriage return, and what only Unicode calls space is none", () => {
  assert.deepEqual(texts("SELECT 1 -- x\r; COMMIT\r;"), ["SELECT 1", "COMMIT"]);
  assert.deepEqual(
    tokenize("a \u00a0b").map((token) => token.text),
    ["a", "\u00a0b"],
  );
});

test("a very long literal is read without exhausting the stack", () => {
  assert.equal(tokenize(`E'${"x\\'".repeat(2_000_000)}'`).length, 1);
});

test("lists everything wrong with the files at once, with its place", async (context) => {
  const directory = await migrationFolder(context, {
    "1_first.sql": "SELECT 1",
    "001_again.sql": "SELECT 1",
    "09_a.sql": "SELECT 1;\n  BEGIN;\nSELECT 2; END;",
    "10_copy.sql": "COPY t FROM STDIN WITH (FORMAT csv);",
    "11_meta.sql": "\\set x on\nBEGIN;\nSELECT 1\n  \\gexec\n\\i other.sql\n",
    "12_vacuum.sql": "VACUUM t",
    "13_index.sql": "/* x */ CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
    "14_nameless.sql": "-- mesh-six: no-transaction\nCREATE INDEX CONCURRENTLY ON t (a)",
    "15_open.sql": "SELECT 'never closed",
    "16_dollar.sql": "SELECT 1;\nSELECT $a$ x $b$",
    "17_comment.sql": "/* /* */ SELECT 1",
    "18_empty.sql": "-- nothing\n",
    "19_binary.sql": new Uint8Array([0x53, 0xff, 0xfe]),
    "20_nul.sql": "SELECT '\0'",
    "21_savepoint.sql": "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; RELEASE a",
    "22_rollback.sql": "SELECT 1; ROLLBACK",
    "23_detach.sql": "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
    "24_strings.sql": "SET standard_conforming_strings = off",
    "25_carriage_returns.sql": "SELECT 1; -- x\rSELECT 2;\rCOMMIT;",
    "26_data.sql": "COPY t FROM STDIN;\nit's\n\\.\n",
    "34_dump.sql": "COPY t FROM STDIN;\n1\t\\N\n2\t\\N\n\\.\nCOMMIT;\nCOPY t (a) FROM stdin;\n1;\t\\N\n",
    "27_discard.sql": "-- mesh-six: no-transaction\nDISCARD ALL",
    "28_UPPER.SQL": "SELECT 1",
    "29_on.sql": "SET standard_conforming_strings = on; SET standard_conforming_strings TO 'true'",
    "30_default.sql": "SET SESSION standard_conforming_strings TO DEFAULT",
    "31_unlock.sql": 'SELECT 1, pg_catalog . "pg_advisory_unlock_all" ();\nselect PG_advisory_unlock_ALL()',
    "32_unlock_in_code.sql": "DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$",
    "33_no_unlock.sql":
      "SELECT 'pg_advisory_unlock_all'; CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_unlock_all()'",
    "nonumber.sql": "SELECT 1",
    "100_late.sql": "SELECT 1",
    "99_early.sql": "SELECT 1",
    "README.md": "not SQL",
  });
  const mark = 'cannot run in a transaction; put "-- mesh-six: no-transaction" on the file\'s first line';
  const files = readMigrations(directory);
  const all = [...files.problems, ...files.migrations.flatMap((migration) => migration.problems)];
  const problems = all.map(lineOf);
  assert.deepEqual(
    problems.sort(),
    [
      "1_first.sql: the number 1 is already that of 001_again.sql; renumber one",
      "09_a.sql:2:3: BEGIN: the runner opens and ends the transaction; take it out",
      "09_a.sql:3:11: END: the runner opens and ends the transaction; take it out",
      "09_a.sql: sorts before 1_first.sql as text; give the numbers the same width",
      "10_copy.sql:1:1: COPY from or to the client: a migration has no input and no output; use INSERT",
      "11_meta.sql:1:1: psql meta-command \\set: only psql knows it; write plain SQL",
      "11_meta.sql:2:1: BEGIN: the runner opens and ends the transaction; take it out",
      "11_meta.sql:4:3: psql meta-command \\gexec: only psql knows it; write plain SQL",
      "11_meta.sql:5:1: psql meta-command \\i: only psql knows it; write plain SQL",
      `12_vacuum.sql:1:1: VACUUM T ${mark}`,
      `13_index.sql:1:9: CREATE UNIQUE INDEX ${mark}`,
      "14_nameless.sql:2:1: CREATE INDEX CONCURRENTLY without an index name could not be recovered when interrupted; name the index",
      "15_open.sql:1:8: the quote ' is never closed; close it",
      "16_dollar.sql:2:8: the dollar quote $a$ is never closed; close it",
      "17_comment.sql:1:1: a comment is never closed; close it",
      "18_empty.sql: expected at least one statement; write it or delete the file",
      "19_binary.sql: expected UTF-8; save the file in that encoding",
      "20_nul.sql:1:9: a NUL character, which PostgreSQL does not take; remove it",
      "22_rollback.sql:1:11: ROLLBACK: the runner opens and ends the transaction; take it out",
      `23_detach.sql:1:1: ALTER TABLE A ${mark}`,
      "24_strings.sql:1:1: SET standard_conforming_strings: the file would no longer mean what it is read as; take it out",
      "25_carriage_returns.sql:3:1: COMMIT: the runner opens and ends the transaction; take it out",
      "26_data.sql:1:1: COPY from or to the client: a migration has no input and no output; use INSERT",
      "26_data.sql:2:3: the quote ' is never closed; close it",
      "34_dump.sql:1:1: COPY from or to the client: a migration has no input and no output; use INSERT",
      "34_dump.sql:5:1: COMMIT: the runner opens and ends the transaction; take it out",
      "34_dump.sql:6:1: COPY from or to the client: a migration has no input and no output; use INSERT",
      "27_discard.sql:2:1: DISCARD ALL: it gives up the lock of the migrations; take it out, since every file begins with a fresh session",
      "30_default.sql:1:1: SET standard_conforming_strings: the file would no longer mean what it is read as; take it out",
      ...["31_unlock.sql:1:1", "31_unlock.sql:2:1", "32_unlock_in_code.sql:1:1"].map(
        (place) =>
          `${place}: pg_advisory_unlock_all: it gives up the lock of the migrations; take it out, or unlock by key`,
      ),
      "28_UPPER.SQL: expected a name like 005_what_it_does.sql; rename the file",
      "100_late.sql: sorts before 99_early.sql as text; give the numbers the same width",
      "nonumber.sql: expected a name like 005_what_it_does.sql; rename the file",
    ].sort(),
  );
});

test("a file that cannot be read is one problem among others", async (context) => {
  const directory = await migrationFolder(context, { "001_a.sql": "SELECT 1", "nonumber.sql": "SELECT 1" });
  await mkdir(join(directory, "002_folder.sql"));
  await symlink("002_folder.sql", join(directory, "003_link.sql"));
  await symlink("nowhere", join(directory, "004_dangling.sql"));
  const { migrations, problems } = readMigrations(directory);
  assert.deepEqual(
    migrations.map(({ name }) => name),
    ["001_a.sql"],
  );
  assert.deepEqual(problems.map(lineOf).sort(), [
    "003_link.sql: expected a readable file, got EISDIR: illegal operation on a directory, read; restore or remove it",
    `004_dangling.sql: expected a readable file, got ENOENT: no such file or directory, open '${join(directory, "004_dangling.sql")}'; restore or remove it`,
    "nonumber.sql: expected a name like 005_what_it_does.sql; rename the file",
  ]);
});
