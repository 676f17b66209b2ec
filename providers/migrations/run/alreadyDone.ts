import type { Migration } from "../files/files.ts";
import type { NonTransactional } from "../files/rules.ts";
import type { Run } from "./context.ts";
import { migrationFailed } from "./sqlError.ts";
import type { Statement } from "../files/statements.ts";

/**
 * Whether a statement's effect is there; clears away what an interrupted one left behind. One that the server refused
 * is not done, even where something looks as if it were: an index of that name that somebody else made, or none.
 *
 * @param again - an earlier run came to this statement
 * @param uncertain - and was interrupted while it ran, if that can be known
 * @param clear - sends what clears the way for the statement
 */
export async function alreadyDone(
  run: Run,
  migration: Migration,
  statement: Statement,
  alone: NonTransactional,
  again: boolean,
  uncertain: boolean,
  clear: (sql: string) => Promise<void>,
): Promise<boolean> {
  switch (alone.kind) {
    case "create index": {
      const found = await indexState(run, alone.index, alone.table);
      if (found?.valid === false) {
        run.progress(
          `${migration.name}: drops the invalid index ${alone.index} of an interrupted run and builds it again`,
        );
        await clear(`DROP INDEX CONCURRENTLY ${found.name}`);
      }
      return uncertain && found?.valid === true;
    }
    case "drop index":
      return uncertain && (await relationGone(run, alone.index));
    case "detach partition": {
      const found = await detachState(run, alone.table, alone.partition);
      if (found?.pending)
        await clear(`ALTER TABLE ${found.table} DETACH PARTITION ${found.partition} FINALIZE`);
      return found?.pending === true || (uncertain && found === undefined);
    }
    case "reindex":
      for (const index of again ? await halfBuilt(run, alone.relation) : []) {
        run.progress(`${migration.name}: drops ${index}, which an interrupted run left behind`);
        await clear(`DROP INDEX CONCURRENTLY ${index}`);
      }
      return false;
    case "repeatable":
      return false;
    case "once":
      if (!uncertain) return false;
      throw migrationFailed(
        migration,
        statement.start,
        new Error("an earlier run was interrupted at this statement, perhaps done, perhaps not"),
        `look, then record it with npm run migrations -- repair --statement-done ${migration.name}`,
      );
  }
}

/** Whether the index is valid, and its name as SQL; undefined when there is none of that name on the table. */
async function indexState(
  run: Run,
  index: string,
  table: string,
): Promise<{ valid: boolean; name: string } | undefined> {
  const { rows } = await run.client.query<{ valid: boolean; name: string }>(
    `SELECT indisvalid AS valid, indexrelid::regclass::text AS name FROM pg_index
     WHERE indexrelid = to_regclass($1) AND indrelid = to_regclass($2)`,
    [qualify(index, table), table],
  );
  return rows[0];
}

/** An index lies in the schema of its table, and is created by its bare name. */
function qualify(index: string, table: string): string {
  const schema = /^(.*)\.(?:"(?:[^"]|"")*"|[^."]*)$/.exec(table)?.[1];
  return schema === undefined ? index : `${schema}.${index}`;
}

async function relationGone(run: Run, name: string): Promise<boolean> {
  const { rows } = await run.client.query<{ gone: boolean }>("SELECT to_regclass($1) IS NULL AS gone", [
    name,
  ]);
  return rows[0]?.gone ?? false;
}

/** Whether a detachment is half done, and the names as SQL; undefined when the partition is detached. */
async function detachState(
  run: Run,
  table: string,
  partition: string,
): Promise<{ pending: boolean; table: string; partition: string } | undefined> {
  const { rows } = await run.client.query<{ pending: boolean; table: string; partition: string }>(
    `SELECT inhdetachpending AS pending, inhparent::regclass::text AS table, inhrelid::regclass::text AS partition
     FROM pg_inherits WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)`,
    [table, partition],
  );
  return rows[0];
}

/** The invalid indexes that REINDEX CONCURRENTLY of an index or of a table's indexes left behind, by PostgreSQL's names. */
async function halfBuilt(run: Run, relation: string): Promise<string[]> {
  const { rows } = await run.client.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE NOT indisvalid AND relname ~ '_cc(new|old)[0-9]*$'
       AND indrelid IN (SELECT to_regclass($1) UNION SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1))`,
    [relation],
  );
  return rows.map(({ name }) => name);
}
