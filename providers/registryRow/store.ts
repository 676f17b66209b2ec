import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { at, changes, isObject, type JsonObject } from "./metadata.ts";
import {
  columns,
  differences,
  properties,
  sameRepository,
  shown,
  type RegistryRow,
  type StoredRow,
} from "./row.ts";

const names = [...Object.values(columns), "metadata"].join(", ");

/** The row of a service, undefined where there is none. */
export async function find(
  client: pg.Client,
  serviceName: string,
  lock = false,
): Promise<StoredRow | undefined> {
  const { rows } = await client.query<StoredRow>(
    `SELECT ${names} FROM repo_registry WHERE service_name = $1${lock ? " FOR UPDATE" : ""}`,
    [serviceName],
  );
  return rows[0];
}

/**
 * The reason why an existing row cannot be taken over; undefined where it can.
 *
 * @param known - the row as the state has it of another database or under another name
 */
export function refusal(
  stored: StoredRow,
  row: RegistryRow,
  adopt: boolean,
  known = row,
): string | undefined {
  if (adopt || [row, known].some(({ repoUrl }) => sameRepository(stored.repo_url ?? "", repoUrl)))
    return undefined;
  return (
    `registry row ${shown(row.serviceName)}: expected no row or one of repository ${shown(row.repoUrl)}, ` +
    `got a row of repository ${shown(stored.repo_url)}; set adopt to take it over, or choose another service name`
  );
}

/**
 * Inserts the row, or takes over one that is there when that is the same repository's or `adopt` says so.
 *
 * @param known - the row as the state has it of another database or under another name: what of it is no longer
 *   declared goes
 */
export async function insert(
  client: pg.Client,
  row: RegistryRow,
  adopt: boolean,
  known = row,
): Promise<void> {
  const named = properties.filter((property) => row[property] !== undefined);
  const into = [
    "service_name",
    ...named.map((property) => columns[property]),
    ...(row.metadata ? ["metadata"] : []),
  ];
  const parameters = [
    row.serviceName,
    ...named.map((property) => row[property]),
    ...(row.metadata ? [JSON.stringify(row.metadata)] : []),
  ];
  const { rowCount } = await client.query(
    `INSERT INTO repo_registry (${into.join(", ")}) VALUES (${parameters.map((_, i) => `$${i + 1}`).join(", ")})
     ON CONFLICT (service_name) DO NOTHING`,
    parameters,
  );
  if (rowCount === 1) return;
  await inTransaction(client, async () => {
    const stored = await find(client, row.serviceName, true);
    // Deleted again in between: the next attempt inserts.
    if (stored === undefined)
      throw new Error(
        `registry row ${shown(row.serviceName)}: deleted while it was made; run pulumi up again`,
      );
    const refused = refusal(stored, row, adopt, known);
    if (refused) throw new Error(refused);
    await write(client, stored, known, row);
  });
}

/**
 * Writes the columns that are named or no longer named, and only those.
 *
 * @param known - what is known to be there: a value of it that somebody else has changed since is a conflict
 */
export async function update(client: pg.Client, known: RegistryRow, row: RegistryRow): Promise<void> {
  const found = await inTransaction(client, async () => {
    const stored = await find(client, row.serviceName, true);
    if (stored === undefined) return false;
    await write(client, stored, known, row);
    const foreign = differences(stored, known);
    // Their values are compared with ours as the server writes them: with its defaults and its order of keys. An
    // update that was killed after its commit finds its own values there, which are no conflict.
    const written = foreign.length > 0 && (await find(client, row.serviceName));
    for (const { column, path, stored: theirs, expected } of foreign) {
      const ours = at(written as unknown as JsonObject, path);
      if (isDeepStrictEqual(theirs ?? null, ours ?? null)) continue;
      throw new Error(
        `registry row ${shown(row.serviceName)}: column ${column}: expected ${shown(expected)} as last seen, ` +
          `got ${shown(theirs)} from somebody else, wanted ${shown(ours)}; ` +
          `run pulumi refresh to take note of it, then pulumi up to overwrite it`,
      );
    }
    return true;
  });
  if (!found) await insert(client, row, false);
}

/** The reason why a row cannot get a name: another row has it. */
export function occupied(stored: StoredRow, from: string, to: string): string {
  return (
    `registry row ${shown(to)}: expected none, since row ${shown(from)} is to get this name, ` +
    `got one of repository ${shown(stored.repo_url)}; delete it if nobody needs it, or choose another service name`
  );
}

/**
 * Gives a row another key. One of that key that is there already stays, and so does this one.
 *
 * @returns false where there is no row to rename
 * @throws Error where both are there
 */
export async function rename(client: pg.Client, from: string, to: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE repo_registry SET service_name = $2, updated_at = now() WHERE service_name = $1
     AND NOT EXISTS (SELECT FROM repo_registry WHERE service_name = $2)`,
    [from, to],
  );
  if (rowCount === 1) return true;
  const [source, target] = [await find(client, from), await find(client, to)];
  if (source === undefined) return false;
  if (target !== undefined) throw new Error(occupied(target, from, to));
  throw new Error(
    `registry row ${shown(from)}: renamed or deleted by somebody else at the same time; run pulumi up again`,
  );
}

/** Deletes the row; one that is gone is fine, one of another repository or board is left and refused. */
export async function remove(client: pg.Client, row: RegistryRow): Promise<void> {
  await inTransaction(client, async () => {
    const stored = await find(client, row.serviceName, true);
    if (stored === undefined) return;
    if (!sameRepository(stored.repo_url ?? "", row.repoUrl))
      throw new Error(
        `registry row ${shown(row.serviceName)}: expected repository ${shown(row.repoUrl)} before deleting, ` +
          `got ${shown(stored.repo_url)}; delete it by hand, or set onDelete to retain`,
      );
    if (row.boardId !== undefined && stored.board_id !== null && stored.board_id !== row.boardId)
      throw new Error(
        `registry row ${shown(row.serviceName)}: expected board ${shown(row.boardId)} before deleting, ` +
          `got ${shown(stored.board_id)} from somebody else; delete it by hand, or set onDelete to retain`,
      );
    await client.query("DELETE FROM repo_registry WHERE service_name = $1", [row.serviceName]);
  });
}

async function write(
  client: pg.Client,
  stored: StoredRow,
  known: RegistryRow,
  row: RegistryRow,
): Promise<void> {
  const parameters: unknown[] = [row.serviceName];
  const parameter = (value: unknown, type: string) => `$${parameters.push(value)}::${type}`;
  const assignments = properties.flatMap((property) => {
    const column = columns[property];
    if (row[property] === undefined) return known[property] === undefined ? [] : [`${column} = DEFAULT`];
    return stored[column] === row[property] ? [] : [`${column} = ${parameter(row[property], "text")}`];
  });
  if (stored.metadata !== null && !isObject(stored.metadata) && row.metadata !== undefined)
    throw new Error(
      `registry row ${shown(row.serviceName)}: column metadata: expected an object to merge into, ` +
        `got ${shown(stored.metadata)}; correct it by hand`,
    );
  const merge = changes((stored.metadata ?? {}) as JsonObject, known.metadata ?? {}, row.metadata ?? {});
  // Key by key in the server, so that other writers' numbers keep digits that JavaScript would round.
  const merged = merge.reduce(
    (document, { path, value }) =>
      value === undefined
        ? `(${document} #- ${parameter(path, "text[]")})`
        : `jsonb_set(${document}, ${parameter(path, "text[]")}, ${parameter(JSON.stringify(value), "jsonb")})`,
    // To whoever reads it, JSON's null is as empty as SQL's.
    "coalesce(nullif(metadata, 'null'), '{}')",
  );
  if (merge.length > 0) assignments.push(`metadata = ${merged}`);
  if (assignments.length === 0) return;
  await client.query(
    `UPDATE repo_registry SET ${assignments.join(", ")}, updated_at = now() WHERE service_name = $1`,
    parameters,
  );
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // A session that has ended has rolled back by itself.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
