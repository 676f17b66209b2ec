import { has, keywords, nameAt, type Statement } from "../files/statements.ts";

/** A lock a statement takes, by PostgreSQL's names (chapter 13.3, explicit locking). */
export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
}

export type LockMode =
  | "ROW EXCLUSIVE"
  | "SHARE UPDATE EXCLUSIVE"
  | "SHARE"
  | "SHARE ROW EXCLUSIVE"
  | "EXCLUSIVE"
  | "ACCESS EXCLUSIVE";

/** What a lock keeps others from while it is held. */
export const blocks: Readonly<Record<LockMode, string>> = {
  "ROW EXCLUSIVE": "blocks no reads or writes",
  "SHARE UPDATE EXCLUSIVE": "blocks no reads or writes",
  SHARE: "blocks writes",
  "SHARE ROW EXCLUSIVE": "blocks writes",
  EXCLUSIVE: "blocks writes",
  "ACCESS EXCLUSIVE": "blocks reads and writes",
};

/** The locks a statement takes on tables it names. An index is named in place of the table it belongs to. */
export function locksOf(statement: Statement): Lock[] {
  const words = keywords(statement);
  const on = (mode: LockMode, at: number): Lock[] => {
    const table = nameAt(statement, at)?.name;
    return table === undefined ? [] : [{ table, mode }];
  };
  const after = (word: string, mode: LockMode, skip = 0): Lock[] => {
    const at = words.indexOf(word);
    return at < 0 ? [] : on(mode, at + 1 + skip + (words[at + 1 + skip] === "ONLY" ? 1 : 0));
  };
  const references = words.flatMap((word, at) =>
    word === "REFERENCES" ? on("SHARE ROW EXCLUSIVE", at + 1) : [],
  );
  const concurrently = words.includes("CONCURRENTLY");
  if (has(words, 0, "CREATE", "INDEX|UNIQUE"))
    return after("ON", concurrently ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
  if (has(words, 0, "CREATE") && has(words, 1, "TABLE|UNLOGGED"))
    return [...after("OF", "ACCESS EXCLUSIVE"), ...references];
  if (has(words, 0, "CREATE") && words.slice(1, 5).includes("TRIGGER"))
    return after("ON", "SHARE ROW EXCLUSIVE");
  if (has(words, 0, "CREATE|ALTER|DROP", "POLICY")) return after("ON", "ACCESS EXCLUSIVE");
  if (has(words, 0, "DROP", "TRIGGER|RULE")) return after("ON", "ACCESS EXCLUSIVE");
  if (has(words, 0, "COMMENT", "ON", "TABLE")) return on("SHARE UPDATE EXCLUSIVE", 3);
  if (has(words, 0, "ALTER", "TABLE|INDEX|VIEW|MATERIALIZED")) {
    const at = skipWords(words, words[1] === "MATERIALIZED" ? 3 : 2, "IF", "EXISTS", "ONLY");
    const attached = words.includes("ATTACH") ? after("PARTITION", "ACCESS EXCLUSIVE") : [];
    return [...on(alterMode(words), at), ...attached, ...references];
  }
  if (has(words, 0, "DROP", "TABLE|INDEX|VIEW|MATERIALIZED")) {
    const at = skipWords(words, words[1] === "MATERIALIZED" ? 3 : 2, "CONCURRENTLY", "IF", "EXISTS");
    return listed(statement, at).map((table) => ({
      table,
      mode: concurrently ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE",
    }));
  }
  if (has(words, 0, "TRUNCATE")) {
    const at = skipWords(words, 1, "TABLE", "ONLY");
    return listed(statement, at).map((table) => ({ table, mode: "ACCESS EXCLUSIVE" }));
  }
  if (has(words, 0, "INSERT")) return after("INTO", "ROW EXCLUSIVE");
  // Parts of a query that change rows.
  if (has(words, 0, "WITH"))
    return words.flatMap((_, at) => {
      const changes = has(words, at, "INSERT|MERGE", "INTO") || has(words, at, "DELETE", "FROM") ? 2 : 1;
      if (changes === 1 && !has(words, at - 1, "(|)", "UPDATE")) return [];
      return on("ROW EXCLUSIVE", skipWords(words, at + changes, "ONLY"));
    });
  if (has(words, 0, "MERGE", "INTO")) return on("ROW EXCLUSIVE", 2);
  if (has(words, 0, "UPDATE")) return on("ROW EXCLUSIVE", skipWords(words, 1, "ONLY"));
  if (has(words, 0, "DELETE", "FROM")) return on("ROW EXCLUSIVE", skipWords(words, 2, "ONLY"));
  if (has(words, 0, "REFRESH", "MATERIALIZED", "VIEW"))
    return on(concurrently ? "EXCLUSIVE" : "ACCESS EXCLUSIVE", skipWords(words, 3, "CONCURRENTLY"));
  if (has(words, 0, "REINDEX")) {
    const mode = concurrently ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    const at = words.findIndex((word) => word === "TABLE" || word === "INDEX");
    return at < 0 ? [] : on(mode, skipWords(words, at + 1, "CONCURRENTLY"));
  }
  if (has(words, 0, "VACUUM|ANALYZE")) {
    const at =
      words[1] === "(" ? words.indexOf(")") + 1 : skipWords(words, 1, "FULL", "FREEZE", "VERBOSE", "ANALYZE");
    const mode = words.slice(0, at).includes("FULL") ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
    return listed(statement, at).map((table) => ({ table, mode }));
  }
  if (has(words, 0, "CLUSTER")) return on("ACCESS EXCLUSIVE", skipWords(words, 1, "VERBOSE"));
  if (has(words, 0, "LOCK"))
    return listed(statement, skipWords(words, 1, "TABLE", "ONLY")).map(explicit(words));
  return [];
}

function explicit(words: readonly string[]): (table: string) => Lock {
  const mode = words.slice(words.indexOf("IN") + 1, words.indexOf("MODE")).join(" ");
  return (table) => ({ table, mode: mode in blocks ? (mode as LockMode) : "ACCESS EXCLUSIVE" });
}

/** The strongest lock among the forms of ALTER TABLE in one statement. */
function alterMode(words: readonly string[]): LockMode {
  if (words.includes("DETACH") && words.includes("CONCURRENTLY")) return "SHARE UPDATE EXCLUSIVE";
  const gentle =
    ["ATTACH", "VALIDATE", "STATISTICS"].some((word) => words.includes(word)) ||
    words.some((_, at) => has(words, at, "SET|RESET", "("));
  const heavy = ["ADD", "DROP", "TYPE", "RENAME", "DETACH", "OWNER", "NULL", "DEFAULT"].some((word) =>
    words.includes(word),
  );
  if (gentle && !heavy) return "SHARE UPDATE EXCLUSIVE";
  const foreignKeyOnly = words.includes("FOREIGN") && words.filter((word) => word === "ADD").length === 1;
  if (foreignKeyOnly) return "SHARE ROW EXCLUSIVE";
  if (words.includes("TRIGGER") && has(words, words.indexOf("TRIGGER") - 1, "ENABLE|DISABLE"))
    return "SHARE ROW EXCLUSIVE";
  return "ACCESS EXCLUSIVE";
}

function skipWords(words: readonly string[], at: number, ...optional: string[]): number {
  return optional.includes(words[at] ?? "") ? skipWords(words, at + 1, ...optional) : at;
}

/** Names separated by commas. */
function listed(statement: Statement, at: number): string[] {
  const name = nameAt(statement, at);
  if (name === undefined) return [];
  const more = statement.tokens[name.next]?.text === "," ? listed(statement, name.next + 1) : [];
  return [name.name, ...more];
}
