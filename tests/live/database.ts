import type { QueryResultRow } from "pg";
import { withClient } from "../../lib/postgres/postgres.ts";
import { answered } from "./answered.ts";

/** The database, read only; the server itself refuses anything else. */
export class Database {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  rows<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const session = { applicationName: "mesh-six tests", readOnly: true, retryFor: 5_000 };
    const asked = withClient(this.url, session, async (client) => {
      return (await client.query<Row>(sql, [...values])).rows;
    });
    return answered("the database", asked, { within: 30_000 });
  }

  /** The server's clock: rows are compared with nothing else. */
  async now(): Promise<Date> {
    const [row] = await this.rows<{ now: Date }>("SELECT clock_timestamp() AS now");
    return row?.now ?? new Date(Number.NaN);
  }
}
