import pg from "pg";
import type { Migration } from "../files/files.ts";
import { Literal, type Sql } from "../files/sql.ts";
import { ledgerTable, programVersion } from "./ledger.ts";

/** A change to the ledgers that makes them agree with the files. */
export interface Repair {
  /** The fault, and how the applied text and the file differ: for a person to review. */
  readonly lines: readonly string[];
  /** The statements that mend it. */
  readonly sql: readonly Sql[];
}

/** The names, checksums and texts in the ledger. */
interface Applied {
  readonly name: string;
  readonly checksum: string;
  readonly sql: string;
  readonly finished: boolean;
  readonly completed: number;
}

/**
 * The changes to the ledgers after which the files as they are now count as applied. They do not touch the schema:
 * the reviewer must know whether the database really is what the files say now.
 *
 * @param statementDone - a file without a transaction whose interrupted statement a person has seen to be done
 */
export async function planRepairs(
  client: pg.Client,
  migrations: readonly Migration[],
  applicationSchema: string,
  statementDone: string | undefined,
): Promise<Repair[]> {
  const { rows } = await client.query<Applied>(
    `SELECT name, checksum, sql, applied_at IS NOT NULL AS finished, completed_statements AS completed
     FROM ${ledgerTable} ORDER BY name`,
  );
  const names = new Set(rows.map((row) => row.name));
  return rows.flatMap((row) => {
    const file = migrations.find((migration) => migration.name === row.name);
    if (file && !row.finished) return row.name === statementDone ? [skipStatement(row, file)] : [];
    if (file) return file.checksum === row.checksum ? [] : [acceptEdit(row, file)];
    const renamed = migrations.find((other) => other.checksum === row.checksum && !names.has(other.name));
    return [renamed ? acceptName(row, renamed, applicationSchema) : forget(row)];
  });
}

function acceptEdit(row: Applied, file: Migration): Repair {
  const version = pg.escapeLiteral(programVersion);
  return {
    lines: [
      `${row.name}: what was applied (-) and what the file says now (+):`,
      ...difference(row.sql, file.sql),
    ],
    sql: [
      [
        `UPDATE ${ledgerTable} SET checksum = ${pg.escapeLiteral(file.checksum)}, digest = '${file.digest}', sql = `,
        new Literal(file.sql),
        `, origin = 'repaired', program_version = ${version} WHERE name = ${pg.escapeLiteral(row.name)}`,
      ],
    ],
  };
}

function acceptName(row: Applied, file: Migration, applicationSchema: string): Repair {
  const [from, to] = [pg.escapeLiteral(row.name), pg.escapeLiteral(file.name)];
  const rename = (table: string): string =>
    `UPDATE ${table} SET name = ${to} WHERE name = ${from} AND NOT EXISTS (SELECT FROM ${table} WHERE name = ${to})`;
  return {
    lines: [`${row.name}: is called ${file.name} now; both ledgers take the new name`],
    sql: [rename(ledgerTable), rename(`${applicationSchema}._migrations`)],
  };
}

function forget(row: Applied): Repair {
  return {
    lines: [
      `${row.name}: has no file any more; its row leaves the ledger, what it made stays in the database:`,
      ...difference(row.sql, ""),
    ],
    // The application's runner may have a file of this name, so its ledger keeps it.
    sql: [`DELETE FROM ${ledgerTable} WHERE name = ${pg.escapeLiteral(row.name)}`],
  };
}

function skipStatement(row: Applied, file: Migration): Repair {
  const statement = file.statements.at(row.completed);
  return {
    lines: [
      `${row.name}: statement ${row.completed + 1} of ${file.statements.length} counts as done:`,
      `  ${statement?.text ?? ""}`,
    ],
    sql: [
      `UPDATE ${ledgerTable} SET completed_statements = ${row.completed + 1}, duration_ms = NULL WHERE name = ${pg.escapeLiteral(row.name)}`,
    ],
  };
}

/** The lines two texts do not share, in order: `- ` of the first, `+ ` of the second. */
function difference(before: string, after: string): string[] {
  // White space at the end of a line may be a literal's.
  const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  const [a, b] = [linesOf(before), linesOf(after)];
  // The table below grows with the product of the lengths: what both begin and end with is left out before.
  let head = 0;
  while (head < a.length && a[head] === b[head]) head += 1;
  a.splice(0, head);
  b.splice(0, head);
  while (a.length > 0 && a.at(-1) === b.at(-1)) {
    a.pop();
    b.pop();
  }
  // So much text nobody reviews line by line.
  if (a.length * b.length > 4_000_000)
    return [...a.map((line) => `  - ${line}`), ...b.map((line) => `  + ${line}`)];
  // common[i][j]: how many lines the rests a[i…] and b[j…] have in common.
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(`  - ${a[i++] ?? ""}`);
    else lines.push(`  + ${b[j++] ?? ""}`);
  }
  return lines;
}
