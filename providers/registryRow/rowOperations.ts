import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import pg from "pg";
import {
  errorCode,
  isSameDatabase,
  UnreachableDatabaseError,
  type SessionOptions,
} from "../../lib/postgres/postgres.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import {
  differences,
  observed,
  sameRepository,
  shown,
  unstorable,
  values,
  type RegistryRow,
  type Values,
} from "./row.ts";
import { isEnded, onSharedSession } from "./sharedSession.ts";
import { find, insert, occupied, refusal, remove, rename, update as write } from "./store.ts";

/** One row, and how it is reached. */
export interface Props extends RegistryRow {
  readonly url: string;
  /** A row of another repository under this service name is taken over. */
  readonly adopt?: boolean;
  /** Service name of the row before. */
  readonly renamedFrom?: string;
  /** Treatment of the row when the resource is deleted. */
  readonly onDelete: "retain" | "delete";
  /** The row's earlier repository, where a refresh has found it to be another repository's: of the state alone. */
  readonly formerRepoUrl?: string;
}

/** The program's arguments: `preview` is for check alone and gets into no state. */
interface Arguments extends Props {
  readonly preview?: boolean;
}

const writing = { applicationName: "mesh-six registry", retryFor: 30_000 };
const looking = { applicationName: "mesh-six registry", readOnly: true };

/**
 * Validates; before a first write, a new name or another database also looks, read-only, at the row that is there.
 *
 * @param olds - the row as the state has it, perhaps under another name
 */
export async function check(
  olds: Partial<Props>,
  { preview = false, ...news }: Arguments,
): Promise<pulumi.dynamic.CheckResult<Props>> {
  const failures = unstorable(news).filter(({ property }) => !isUnknown(news[property as keyof Props]));
  if (news.onDelete !== "retain" && news.onDelete !== "delete")
    failures.push({ property: "onDelete", reason: `expected retain or delete, got ${shown(news.onDelete)}` });
  if (failures.length > 0) return { failures };
  if (isUnknown([news.url, news.serviceName]) || isKnown(olds, news)) return { inputs: news };
  const reason = await foresee(olds, news, preview);
  return reason ? { failures: [{ property: "", reason }] } : { inputs: news };
}

/** Whether what is owned of a row, as last seen, is other than what is declared; asks nobody. */
export function isOther(olds: Values, news: Values): boolean {
  return !isDeepStrictEqual(compared(olds), compared(news));
}

/** Whether the state tells of this very row: under this name, in this database. */
function isKnown({ url = "", serviceName }: Partial<Props>, news: Props): boolean {
  return serviceName === news.serviceName && isSameDatabase(url, news.url);
}

export async function create(inputs: Props): Promise<pulumi.dynamic.CreateResult<Props>> {
  await session(inputs, writing, (client) => insert(client, inputs, inputs.adopt === true));
  return { id: inputs.serviceName, outs: inputs };
}

/** Drift of what is declared; what other writers keep in the row is none. */
export async function read(id: string, props: Props): Promise<pulumi.dynamic.ReadResult<Props>> {
  const stored = await session(props, { ...looking, retryFor: 5_000 }, (client) => find(client, id)).catch(
    noTableNoRow,
  );
  if (stored === undefined) return { id: "" };
  if (differences(stored, props).length === 0) return { id, props };
  const { formerRepoUrl = props.repoUrl, ...ours } = props;
  const seen = observed(stored, ours);
  const isOurs = sameRepository(stored.repo_url ?? "", formerRepoUrl);
  return { id, props: isOurs ? seen : { ...seen, formerRepoUrl }, inputs: seen };
}

export async function update(
  _id: string,
  olds: Props,
  news: Props,
): Promise<pulumi.dynamic.UpdateResult<Props>> {
  await session(news, writing, async (client) => {
    const isThere =
      olds.serviceName === news.serviceName || (await rename(client, olds.serviceName, news.serviceName));
    if (isThere && isSameDatabase(olds.url, news.url)) await write(client, olds, news);
    else await insert(client, news, news.adopt === true, olds);
  });
  return { outs: news };
}

async function _delete(_id: string, props: Props): Promise<void> {
  // A row whose entry says adopt was there before, as its repository was: both stay.
  if (props.onDelete === "delete" && props.adopt !== true)
    await session(props, writing, (client) =>
      remove(client, { ...props, repoUrl: props.formerRepoUrl ?? props.repoUrl }),
    ).catch(noTableNoRow);
}
export { _delete as delete };

/** Without the table there is no row; any other failure goes on. */
function noTableNoRow(error: unknown): undefined {
  if (!(error instanceof Error) || errorCode(error.cause) !== "42P01") throw error;
}

/** Runs a job on the session that all rows share; says of the server's errors which row they are about. */
async function session<T>(
  row: Props,
  options: SessionOptions,
  job: (client: pg.Client) => Promise<T>,
): Promise<T> {
  try {
    return await onSharedSession(row.url, options, job);
  } catch (error) {
    const code = errorCode(error);
    const ofServer = error instanceof pg.DatabaseError;
    if (error instanceof UnreachableDatabaseError || !(ofServer || isEnded(error))) throw error;
    const state = ofServer ? ` (SQLSTATE ${code})` : "";
    const next = Object.hasOwn(advice, code) ? advice[code] : "see to it and run the same command again";
    throw new Error(`registry row ${shown(row.serviceName)}: ${(error as Error).message}${state}; ${next}`, {
      cause: error,
    });
  }
}

/** The next step, by SQLSTATE. */
const advice: Readonly<Record<string, string>> = {
  "42P01": "apply migrations/002_repo_registry.sql first",
  "42703": "bring the table to what migrations/002_repo_registry.sql makes",
  "42501": "connect as the owner of repo_registry, or grant the role SELECT, INSERT, UPDATE and DELETE on it",
  "55P03": "somebody keeps the row or the table locked: end their transaction or try again",
};

function compared(row: Values): unknown {
  return values(row).sort((a, b) => (a.column < b.column ? -1 : 1));
}

/** Says what taking over a row would change, column by column; returns why it cannot be taken over, or renamed. */
async function foresee(olds: Partial<Props>, news: Props, preview: boolean): Promise<string | undefined> {
  const { serviceName: name } = news;
  const { serviceName: was = name, url = news.url } = olds;
  try {
    const options = { ...looking, connectTimeout: 3_000 };
    const [there, source] = await session(news, options, async (client) => [
      await find(client, name),
      was === name ? undefined : await find(client, was),
    ]);
    if (there && source) return occupied(there, was, name);
    // Its own row gets the new name, and is known.
    if (there === undefined && isSameDatabase(url, news.url)) return undefined;
    const stored = there ?? source;
    if (stored === undefined) return undefined;
    const known = { ...news, repoUrl: olds.repoUrl ?? news.repoUrl };
    const refused = isUnknown(news.repoUrl) ? undefined : refusal(stored, news, news.adopt === true, known);
    if (refused) return refused;
    for (const { column, stored: theirs, expected } of preview ? differences(stored, news) : [])
      console.log(
        `registry row ${shown(there ? name : was)} is there already: ${column} ${shown(theirs)} → ` +
          (isUnknown(expected) ? "known after the update" : shown(expected)),
      );
    return undefined;
  } catch (error) {
    // Before the first update there may be no server, no database or no table yet.
    if (error instanceof UnreachableDatabaseError) return undefined;
    return noTableNoRow(error);
  }
}
