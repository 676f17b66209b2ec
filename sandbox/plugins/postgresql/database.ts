import pg from "pg";
import { textOf, type Properties } from "../protocol/values.ts";
import { type CatalogueKind, explain } from "./catalogueType.ts";
import type { Server } from "./server.ts";

interface DatabaseRow {
  owner: string;
  encoding: string;
  datcollate: string;
  datctype: string;
  spcname: string;
  datconnlimit: number;
  datallowconn: boolean;
  datistemplate: boolean;
}

/** postgresql:index/database:Database */
export function databases(server: Server): CatalogueKind {
  return {
    noun: "database",
    inputs: [
      ...["name", "owner", "template", "encoding", "lcCollate", "lcCtype", "tablespaceName"],
      ...["allowConnections", "connectionLimit", "isTemplate", "alterObjectOwnership"],
    ],
    defaults: { allowConnections: true, connectionLimit: -1 },
    required: [],
    secret: [],
    replaces: ["template", "encoding", "lcCollate", "lcCtype"],
    computed: ["encoding", "lcCollate", "lcCtype", "owner", "tablespaceName", "template", "isTemplate"],
    idOf: (inputs) => textOf(inputs["name"]),
    fromId: (id) => ({ name: id }),

    async create(inputs) {
      const name = textOf(inputs["name"]);
      const owner = textOf(inputs["owner"]);
      const text = (key: string, fallback: string) => textOf(inputs[key]) || fallback;
      const sql = [
        `CREATE DATABASE ${pg.escapeIdentifier(name)}`,
        owner === "" ? "" : `OWNER ${pg.escapeIdentifier(owner)}`,
        `TEMPLATE ${pg.escapeIdentifier(text("template", "template0"))}`,
        `ENCODING ${pg.escapeLiteral(text("encoding", "UTF8"))}`,
        inputs["lcCollate"] === undefined ? "" : `LC_COLLATE ${pg.escapeLiteral(text("lcCollate", "C"))}`,
        inputs["lcCtype"] === undefined ? "" : `LC_CTYPE ${pg.escapeLiteral(text("lcCtype", "C"))}`,
        inputs["tablespaceName"] === undefined
          ? ""
          : `TABLESPACE ${pg.escapeIdentifier(text("tablespaceName", "pg_default"))}`,
        `ALLOW_CONNECTIONS ${String(inputs["allowConnections"] !== false)}`,
        `CONNECTION LIMIT ${Number(inputs["connectionLimit"] ?? -1)}`,
        `IS_TEMPLATE ${String(inputs["isTemplate"] === true)}`,
      ];
      await server.session((client) => {
        return asMember(client, owner, () => run(client, name, sql.filter((part) => part !== "").join(" ")));
      });
    },

    read: (known) => server.session((client) => readDatabase(client, known)),

    async update({ oldInputs, news }) {
      const before = pg.escapeIdentifier(textOf(oldInputs["name"]));
      const name = textOf(news["name"]);
      const database = pg.escapeIdentifier(name);
      const owner = textOf(news["owner"]);
      const changes = (key: string) => news[key] !== undefined && news[key] !== oldInputs[key];
      await server.session(async (client) => {
        if (changes("name")) await run(client, name, `ALTER DATABASE ${before} RENAME TO ${database}`);
        if (changes("owner")) {
          const sql = `ALTER DATABASE ${database} OWNER TO ${pg.escapeIdentifier(owner)}`;
          await asMember(client, owner, () => run(client, name, sql));
        }
        if (changes("tablespaceName")) {
          const space = pg.escapeIdentifier(textOf(news["tablespaceName"]));
          await run(client, name, `ALTER DATABASE ${database} SET TABLESPACE ${space}`);
        }
        const options = [
          changes("connectionLimit") ? `CONNECTION LIMIT ${Number(news["connectionLimit"])}` : "",
          changes("allowConnections") ? `ALLOW_CONNECTIONS ${String(news["allowConnections"] === true)}` : "",
          changes("isTemplate") ? `IS_TEMPLATE ${String(news["isTemplate"] === true)}` : "",
        ].filter((option) => option !== "");
        for (const option of options) await run(client, name, `ALTER DATABASE ${database} WITH ${option}`);
      });
    },

    async delete(outputs) {
      const name = textOf(outputs["name"]);
      const database = pg.escapeIdentifier(name);
      await server.session(async (client) => {
        const found = await readDatabase(client, outputs);
        if (!found) return;
        await asMember(client, textOf(found["owner"]), async () => {
          if (found["isTemplate"] === true)
            await run(client, name, `ALTER DATABASE ${database} WITH IS_TEMPLATE false`);
          await run(client, name, `DROP DATABASE ${database} WITH (FORCE)`);
        });
      });
    },
  };
}

async function run(client: pg.Client, name: string, sql: string): Promise<void> {
  await client.query(sql).catch((error: unknown) => {
    throw explain(error, `Database ${name}`, {
      "42P04": `This stack does not own it: import it (pulumi import postgresql:index/database:Database NAME ${name}) or name another.`,
      "42501": "The provider's user needs CREATEDB.",
    });
  });
}

/** Runs what only a member of `role` may: a user without superuser's rights becomes one meanwhile. */
async function asMember(client: pg.Client, role: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT rolsuper OR rolname = $1 OR EXISTS (
              SELECT FROM pg_catalog.pg_auth_members
               WHERE pg_get_userbyid(roleid) = $1 AND member = r.oid) AS may
       FROM pg_catalog.pg_roles r WHERE rolname = CURRENT_USER`,
    [role],
  );
  if (role === "" || rows[0]?.may === true) return work();
  await client.query(`GRANT ${pg.escapeIdentifier(role)} TO CURRENT_USER`);
  try {
    await work();
  } finally {
    await client.query(`REVOKE ${pg.escapeIdentifier(role)} FROM CURRENT_USER`);
  }
}

async function readDatabase(client: pg.Client, known: Properties): Promise<Properties | undefined> {
  const { rows } = await client.query<DatabaseRow>(
    `SELECT pg_catalog.pg_get_userbyid(d.datdba) AS owner, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
            d.datcollate, d.datctype, t.spcname, d.datconnlimit, d.datallowconn, d.datistemplate
       FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
      WHERE d.datname = $1`,
    [known["name"]],
  );
  const [row] = rows;
  if (!row) return undefined;
  const name = textOf(known["name"]);
  return {
    id: name,
    name,
    owner: row.owner,
    encoding: row.encoding,
    lcCollate: row.datcollate,
    lcCtype: row.datctype,
    tablespaceName: row.spcname,
    connectionLimit: row.datconnlimit,
    allowConnections: row.datallowconn,
    isTemplate: row.datistemplate,
    template: known["template"] ?? "template0",
    alterObjectOwnership: known["alterObjectOwnership"] ?? false,
  };
}
