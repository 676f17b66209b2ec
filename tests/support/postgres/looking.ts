import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { baseline } from "../../../providers/migrations/ledger/commands.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { migrationFolder } from "./migrations.ts";
import type { TestPostgres } from "./postgres.ts";

/** A file that a statement of somebody's could write. */
export const canary = join(tmpdir(), `mesh-six-canary-${process.pid}`);

/** People's objects: a sequence that stands at 50000, rows, and functions of any kind that move the sequence. */
const theirs = `
CREATE SEQUENCE orders_id_seq; SELECT setval('orders_id_seq', 50000);
CREATE TABLE orders (id int DEFAULT nextval('orders_id_seq') PRIMARY KEY, n int);
INSERT INTO orders SELECT at, at FROM generate_series(1, 1000) AS at;
CREATE FUNCTION moves() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN 1; END $$;
CREATE FUNCTION moves_stable() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN 1; END $$;
CREATE FUNCTION moves(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN $1; END $$;
CREATE FUNCTION less(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN true; END $$;
CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = less);
CREATE DOMAIN checked AS int CHECK (moves(VALUE) > 0);
CREATE TABLE _migrations (id serial PRIMARY KEY, name text UNIQUE NOT NULL, applied_at timestamptz DEFAULT now());
INSERT INTO _migrations (name) VALUES ('001_a.sql')`;

/** All of it that a rolled-back transaction would leave changed. */
async function seen(server: TestPostgres, url: string): Promise<unknown> {
  return {
    canary: existsSync(canary),
    rest: await server.rows(
      `SELECT (SELECT json_agg(s ORDER BY sequencename) FROM pg_sequences AS s WHERE sequencename <> '_migrations_id_seq') AS sequences,
         (SELECT sum(hashtext(o::text)) FROM orders AS o) AS rows, pg_relation_size('orders') AS size,
         (SELECT count(*)::int FROM pg_roles) AS roles, (SELECT count(*)::int FROM pg_replication_slots) AS slots,
         (SELECT count(*)::int FROM pg_largeobject_metadata) AS large_objects,
         (SELECT json_agg(nspname ORDER BY 1) FROM pg_namespace WHERE nspname !~ '^pg_') AS schemas,
         (SELECT count(*)::int FROM pg_event_trigger) AS event_triggers,
         (SELECT json_agg(d ORDER BY datname) FROM (SELECT datname, datacl, datconnlimit FROM pg_database) AS d) AS databases,
         (SELECT count(*)::int FROM pg_tablespace) AS tablespaces,
         (SELECT json_agg(s) FROM pg_db_role_setting AS s) AS settings, pg_read_file('postgresql.auto.conf') AS system,
         (SELECT count(*)::int FROM pg_foreign_data_wrapper) AS wrappers, (SELECT count(*)::int FROM pg_extension) AS extensions,
         (SELECT count(*)::int FROM pg_publication) + (SELECT count(*)::int FROM pg_subscription) AS replication,
         (SELECT count(*)::int FROM pg_prepared_xacts) AS prepared, obj_description('orders'::regclass) AS comment,
         (SELECT json_agg(relacl ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS grants,
         (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) AS stats_reset,
         (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS advisory,
         (SELECT json_agg(relname ORDER BY 1) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS relations`,
      url,
    ),
  };
}

/**
 * Adopts an installation with that one file, by `baseline` and by `migrate`, and sees that both left all that people have
 * as it was.
 *
 * @param extra - what people have besides
 */
export async function look(
  server: TestPostgres,
  context: TestContext,
  sql: string,
  extra = "",
): Promise<{ url: string; told: string }> {
  const url = await server.database();
  await server.rows(`${theirs};${extra}`, url);
  const directory = await migrationFolder(context, { "001_a.sql": sql });
  context.after(() => rmSync(canary, { force: true }));
  const before = await seen(server, url);
  const lines: string[] = [];
  await baseline({ url, directory, write: false, progress: (line) => void lines.push(line) }, undefined);
  assert.deepEqual(await seen(server, url), before, "baseline without --write");
  const told = await migrate({ url, directory }).then(
    () => "adopted",
    (error: Error) => error.message,
  );
  const now = (await seen(server, url)) as { rest: Record<string, unknown>[] };
  const schemas = now.rest[0]?.["schemas"];
  if (Array.isArray(schemas)) now.rest[0]!["schemas"] = schemas.filter((name) => name !== "mesh_six_infra");
  assert.deepEqual(now, before, "adoption");
  assert.doesNotMatch(told, /mend the database.*cannot be rehearsed|cannot be rehearsed.*mend the database/);
  return { url, told };
}
