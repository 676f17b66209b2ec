import type { Problem } from "../../../lib/text/problem.ts";
import { identifier } from "./lexer.ts";
import { has, isOnRows, keywords, nameAt, type Statement } from "./statements.ts";

/** The reason why a migration must not hold this statement, else undefined. */
export function forbidden(statement: Statement): Problem | undefined {
  if (isOnRows(statement.text) && !statement.text.toLowerCase().includes(unlockAll)) return undefined;
  const words = keywords(statement);
  const meta = statement.tokens.find((token) => token.kind === "meta")?.text.split(/\s/)[0];
  if (meta !== undefined)
    return { said: `psql meta-command ${meta}: only psql knows it`, remedy: "write plain SQL" };
  if (endsTransaction(words)) {
    const what = words.slice(0, 2).join(" ").trim();
    return { said: `${what}: the runner opens and ends the transaction`, remedy: "take it out" };
  }
  if (copies(words, "FROM|TO", "STDIN|STDOUT"))
    return {
      said: "COPY from or to the client: a migration has no input and no output",
      remedy: "use INSERT",
    };
  if (turnsOffStandardStrings(words))
    return {
      said: "SET standard_conforming_strings: the file would no longer mean what it is read as",
      remedy: "take it out",
    };
  if (has(words, 0, "DISCARD", "ALL"))
    return {
      said: "DISCARD ALL: it gives up the lock of the migrations",
      remedy: "take it out, since every file begins with a fresh session",
    };
  if (unlocksAll(statement))
    return {
      said: "pg_advisory_unlock_all: it gives up the lock of the migrations",
      remedy: "take it out, or unlock by key",
    };
  return undefined;
}

function copies(words: readonly string[], direction: string, end: string): boolean {
  return has(words, 0, "COPY") && words.some((_, at) => has(words, at, direction, end));
}

/** The statements without the data that a dump has behind a COPY, as psql reads it: up to a line `\.`, else to the end. */
export function* withoutData(statements: Iterable<Statement>): Generator<Statement> {
  let inData = false;
  for (const statement of statements) {
    if (!inData) yield statement;
    if (inData) inData = statement.text !== "\\.";
    else inData = /^COPY\b/i.test(statement.text) && copies(keywords(statement), "FROM", "STDIN");
  }
}

/** Dumps begin by turning them on, which is what they are. */
function turnsOffStandardStrings(words: readonly string[]): boolean {
  if (!has(words, 0, "SET") || !words.includes("STANDARD_CONFORMING_STRINGS")) return false;
  return !/^'?(ON|TRUE|YES|1)'?$/i.test(words.at(-1) ?? "");
}

/** Whether it calls that function, be it in the code of a DO: what only defines a function runs nothing. */
function unlocksAll({ tokens }: Statement): boolean {
  const runsCode = identifier(tokens[0]) === "do";
  return tokens.some(
    (token) =>
      identifier(token) === unlockAll ||
      (runsCode && token.kind === "string" && token.text.toLowerCase().includes(unlockAll)),
  );
}

const unlockAll = "pg_advisory_unlock_all";

function endsTransaction(words: readonly string[]): boolean {
  if (has(words, 0, "BEGIN|COMMIT|END|ABORT")) return true;
  if (has(words, 0, "START|PREPARE", "TRANSACTION")) return true;
  return has(words, 0, "ROLLBACK") && !words.includes("TO");
}

/** A statement the server refuses inside a transaction. */
export type NonTransactional =
  | { readonly kind: "create index"; readonly index: string; readonly table: string }
  | { readonly kind: "drop index"; readonly index: string }
  | { readonly kind: "detach partition"; readonly table: string; readonly partition: string }
  /** Built again beside the old one, which stays in use meanwhile; `relation` is the index or its table. */
  | { readonly kind: "reindex"; readonly relation: string }
  /** Running it a second time does no harm. */
  | { readonly kind: "repeatable" }
  /** Only a person can say whether it ran. */
  | { readonly kind: "once" };

/** The recovery of a statement that cannot run in a transaction; undefined for an ordinary statement. */
export function nonTransactional(statement: Statement): NonTransactional | undefined {
  if (isOnRows(statement.text)) return undefined;
  const words = keywords(statement);
  const concurrently = words.indexOf("CONCURRENTLY");
  if (has(words, 0, "CREATE", "INDEX|UNIQUE") && concurrently > 0 && concurrently < 4)
    return createIndex(statement, words, concurrently + 1);
  if (has(words, 0, "DROP", "INDEX", "CONCURRENTLY")) {
    const index = nameAt(statement, has(words, 3, "IF", "EXISTS") ? 5 : 3)?.name;
    return index === undefined ? { kind: "once" } : { kind: "drop index", index };
  }
  if (has(words, 0, "ALTER", "TABLE") && words.includes("DETACH") && words.at(-1) === "CONCURRENTLY")
    return detach(statement, words);
  if (
    has(words, 0, "REINDEX") &&
    (concurrently > 0 || words.some((w) => /^(DATABASE|SYSTEM|SCHEMA)$/.test(w)))
  ) {
    const at = words.findIndex((word) => word === "INDEX" || word === "TABLE");
    const name = at < 0 ? undefined : nameAt(statement, words[at + 1] === "CONCURRENTLY" ? at + 2 : at + 1);
    return name === undefined ? { kind: "repeatable" } : { kind: "reindex", relation: name.name };
  }
  if (has(words, 0, "VACUUM") || has(words, 0, "ALTER", "SYSTEM")) return { kind: "repeatable" };
  if (has(words, 0, "CLUSTER") && words.length === 1) return { kind: "repeatable" };
  if (has(words, 0, "CREATE|DROP", "DATABASE|TABLESPACE|SUBSCRIPTION")) return { kind: "once" };
  if (has(words, 0, "ALTER", "DATABASE") && words.includes("TABLESPACE")) return { kind: "repeatable" };
  return undefined;
}

/**
 * The recovery of a statement of a marked file that runs outside a transaction: besides those that have to, it is
 * those that may have to, for their objects or for their code.
 */
export function runsAlone(statement: Statement): NonTransactional | undefined {
  const special = nonTransactional(statement);
  if (special !== undefined) return special;
  const words = keywords(statement);
  if (has(words, 0, "REINDEX|CLUSTER")) return { kind: "repeatable" };
  const commits = statement.tokens.some(({ kind, text }) => kind === "string" && ends.test(text));
  const once =
    has(words, 0, "CALL") || has(words, 0, "ALTER", "SUBSCRIPTION") || (has(words, 0, "DO") && commits);
  return once ? { kind: "once" } : undefined;
}

/** Statements in a procedure's code that need a call outside a transaction. */
const ends = /\b(COMMIT|ROLLBACK)\b/i;

function createIndex(statement: Statement, words: readonly string[], at: number): NonTransactional {
  const name = nameAt(statement, has(words, at, "IF", "NOT", "EXISTS") ? at + 3 : at);
  // An index without a name of its own begins with ON.
  if (name === undefined || words[at] === "ON") return { kind: "once" };
  const table = nameAt(statement, words[name.next + 1] === "ONLY" ? name.next + 2 : name.next + 1);
  return { kind: "create index", index: name.name, table: table?.name ?? "" };
}

function detach(statement: Statement, words: readonly string[]): NonTransactional {
  let at = 2;
  if (has(words, at, "IF", "EXISTS")) at += 2;
  if (words[at] === "ONLY") at += 1;
  const table = nameAt(statement, at)?.name;
  const partition = nameAt(statement, words.indexOf("PARTITION") + 1)?.name;
  if (table === undefined || partition === undefined) return { kind: "once" };
  return { kind: "detach partition", table, partition };
}
