import type * as pulumi from "@pulumi/pulumi";
import { isDeepStrictEqual } from "node:util";
import { isSameDatabase } from "../../lib/postgres/postgres.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import * as row from "./rowOperations.ts";
import { shown } from "./row.ts";

/** A declared row; its service name is its key among the rows. */
export type DeclaredRow = Omit<row.Props, "url" | "serviceName" | "onDelete">;

const common = ["url", "serviceName", "onDelete"];

/** All rows of a stack in one resource: a hundred of them are read, compared and kept in the state in one go. */
export interface RowsProps {
  readonly url: string;
  /** By service name. */
  readonly rows: Readonly<Record<string, DeclaredRow>>;
  /** Treatment of a row that is no longer declared. */
  readonly onDelete: "retain" | "delete";
}

/** The program's arguments: `preview` is for check alone and gets into no state. */
interface Arguments extends RowsProps {
  readonly preview?: boolean;
}

const id = "repo_registry";

/** Validates each row; before a first write of one, or in another database, also looks, read-only, at the row. */
export async function check(
  olds: Partial<RowsProps>,
  { preview = false, ...news }: Arguments,
): Promise<pulumi.dynamic.CheckResult<RowsProps>> {
  // Not known before the update.
  if (typeof news.rows !== "object") return { inputs: news };
  const checked = await Promise.all(
    Object.keys(news.rows).map(async (name) => {
      const { url = "", rows: knownRows = {} } = olds;
      const was = before({ rows: knownRows }, news, name);
      const known = Object.hasOwn(knownRows, was) ? one({ ...news, url, rows: knownRows }, was) : {};
      const { failures = [] } = await row.check(known, { ...one(news, name), preview });
      // A failure names no property of the resource's own, or the engine would print that one's value.
      return failures.map(({ property, reason }) => ({
        property: "",
        reason: property === "" ? reason : `registry row ${JSON.stringify(name)}: ${property}: ${reason}`,
      }));
    }),
  );
  // As JSON has it: to the server -0 is 0, and forever another number than the declared one.
  const rows = JSON.parse(JSON.stringify(news.rows)) as RowsProps["rows"];
  return { inputs: { ...news, rows }, failures: checked.flat() };
}

/** No SQL: what is owned, as last seen, beside what is declared. The engine names the rows and properties that differ. */
export function diff(_id: string, olds: RowsProps, news: RowsProps): Promise<pulumi.dynamic.DiffResult> {
  const changes =
    !isDeepStrictEqual([olds.url, olds.onDelete], [news.url, news.onDelete]) ||
    isUnknown(news.rows) ||
    names(olds, news).some((name) => isChanged(olds, news, name));
  return Promise.resolve({ changes });
}

export async function create(inputs: RowsProps): Promise<pulumi.dynamic.CreateResult<RowsProps>> {
  await eachRow(Object.keys(inputs.rows), (name) => row.create(one(inputs, name)));
  return { id, outs: inputs };
}

/** Drift of what is declared; what other writers keep in the rows, and other rows, are none. */
export async function read(_id: string, props: RowsProps): Promise<pulumi.dynamic.ReadResult<RowsProps>> {
  const seen = new Map<string, DeclaredRow>();
  await eachRow(Object.keys(props.rows), async (name) => {
    const found = await row.read(name, one(props, name));
    if (found.props) seen.set(name, without(found.props, common));
  });
  // In the order of the declaration, whichever answered first.
  const rows = Object.fromEntries(
    Object.keys(props.rows).flatMap((name) => {
      const there = seen.get(name);
      return there === undefined ? [] : [[name, there]];
    }),
  );
  if (isDeepStrictEqual(rows, props.rows)) return { id, props };
  const inputs = Object.fromEntries(
    Object.entries(rows).map(([name, there]) => [name, without(there, ["formerRepoUrl"])]),
  );
  return { id, props: { ...props, rows }, inputs: { ...props, rows: inputs } };
}

/** Touches only the rows that changed; one that is no longer declared stays, or goes where `onDelete` says so. */
export async function update(
  _id: string,
  olds: RowsProps,
  news: RowsProps,
): Promise<pulumi.dynamic.UpdateResult<RowsProps>> {
  // In another database nothing is known to be as the state says; a new password asks for nothing of the rows.
  const moved = !isSameDatabase(olds.url, news.url);
  const changed = names(olds, news).filter((name) => moved || isChanged(olds, news, name));
  const renamed = new Set(Object.keys(news.rows).map((name) => before(olds, news, name)));
  await eachRow(changed, async (name) => {
    const was = before(olds, news, name);
    if (Object.hasOwn(news.rows, name)) {
      if (Object.hasOwn(olds.rows, was)) await row.update(was, one(olds, was), one(news, name));
      else await row.create(one(news, name));
    } else if (!renamed.has(name))
      await row.delete(name, one({ ...olds, url: news.url, onDelete: news.onDelete }, name));
  });
  return { outs: news };
}

async function _delete(_id: string, props: RowsProps | Record<string, undefined>): Promise<void> {
  // A state of before the rows were one resource has a resource for each: it is forgotten, and its row stays.
  if (props.rows === undefined) return;
  const all = props as RowsProps;
  await eachRow(Object.keys(all.rows), (name) => row.delete(name, one(all, name)));
}
export { _delete as delete };

/** Does what it can: one row in trouble leaves no other undone, and the next run begins where this one ended. */
async function eachRow(
  serviceNames: readonly string[],
  act: (serviceName: string) => Promise<unknown>,
): Promise<void> {
  const outcomes = await Promise.allSettled(serviceNames.map(act));
  const reasons = outcomes.flatMap((outcome): unknown[] =>
    outcome.status === "rejected" ? [outcome.reason] : [],
  );
  if (reasons.length === 0) return;
  // Without a server every row says the same.
  const messages = new Set(
    reasons.map((reason) => (reason instanceof Error ? reason.message : shown(String(reason)))),
  );
  throw new Error([...messages].join("\n"), { cause: reasons[0] });
}

function names(olds: RowsProps, news: RowsProps): string[] {
  return [...new Set([...Object.keys(olds.rows), ...Object.keys(news.rows)])];
}

/** The key that a declared row has in the state. */
function before(olds: Pick<RowsProps, "rows">, news: RowsProps, name: string): string {
  const { renamedFrom } = news.rows[name] ?? {};
  const isRenamed =
    renamedFrom !== undefined && !Object.hasOwn(olds.rows, name) && !Object.hasOwn(news.rows, renamedFrom);
  return isRenamed && Object.hasOwn(olds.rows, renamedFrom) ? renamedFrom : name;
}

function isChanged(olds: RowsProps, news: RowsProps, name: string): boolean {
  const [before, after] = [olds, news].map(({ rows }) =>
    Object.hasOwn(rows, name) ? rows[name] : undefined,
  );
  return before === undefined || after === undefined || row.isOther(before, after);
}

function one({ rows, url, onDelete }: RowsProps, serviceName: string): row.Props {
  return { ...(rows[serviceName] as DeclaredRow), url, onDelete, serviceName };
}

function without(props: DeclaredRow, keys: readonly string[]): DeclaredRow {
  return Object.fromEntries(
    Object.entries(props).filter(([key]) => !keys.includes(key)),
  ) as unknown as DeclaredRow;
}
