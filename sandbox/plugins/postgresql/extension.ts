import pg from "pg";
import { textOf, type Properties } from "../protocol/values.ts";
import { type CatalogueKind, explain } from "./catalogueType.ts";
import type { Server } from "./server.ts";

/** postgresql:index/extension:Extension */
export function extensions(server: Server): CatalogueKind {
  const run = async (properties: Properties, sql: string): Promise<void> => {
    const database = textOf(properties["database"]);
    const name = textOf(properties["name"]);
    await server
      .session((client) => client.query(sql), optional(database))
      .catch((error: unknown) => {
        const install = `Install it on the database server (pgvector's package for "vector"), or switch the setting off.`;
        throw explain(error, `Extension ${name} in database ${database}`, {
          "0A000": install,
          "58P01": install,
        });
      });
  };

  return {
    noun: "extension",
    inputs: ["name", "database", "schema", "version", "createCascade", "dropCascade"],
    defaults: {},
    required: ["name"],
    secret: [],
    replaces: ["name", "database"],
    computed: ["schema", "version", "database"],
    idOf: (inputs) => `${textOf(inputs["database"])}.${textOf(inputs["name"])}`,
    fromId: (id) => ({ database: id.slice(0, id.indexOf(".")), name: id.slice(id.indexOf(".") + 1) }),

    async create(inputs) {
      const { name, schema, version } = inputs;
      const words = [
        `CREATE EXTENSION IF NOT EXISTS ${pg.escapeIdentifier(textOf(name))}`,
        schema === undefined ? "" : `SCHEMA ${pg.escapeIdentifier(textOf(schema))}`,
        version === undefined ? "" : `VERSION ${pg.escapeIdentifier(textOf(version))}`,
        inputs["createCascade"] === true ? "CASCADE" : "",
      ];
      await run(inputs, words.filter((word) => word !== "").join(" "));
    },

    read: (known) =>
      server.session(
        async (client) => {
          const { rows } = await client.query<{ schema: string; version: string; database: string }>(
            `SELECT n.nspname AS schema, e.extversion AS version, current_database() AS database
             FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
            WHERE e.extname = $1`,
            [known["name"]],
          );
          const [row] = rows;
          if (!row) return undefined;
          const { createCascade = false, dropCascade = false, name = "" } = known;
          return { ...row, id: `${row.database}.${textOf(name)}`, name, createCascade, dropCascade };
        },
        optional(textOf(known["database"])),
      ),

    async update({ oldInputs, news }) {
      const extension = pg.escapeIdentifier(textOf(news["name"]));
      if (news["schema"] !== undefined && news["schema"] !== oldInputs["schema"]) {
        await run(
          news,
          `ALTER EXTENSION ${extension} SET SCHEMA ${pg.escapeIdentifier(textOf(news["schema"]))}`,
        );
      }
      if (news["version"] !== undefined && news["version"] !== oldInputs["version"]) {
        await run(
          news,
          `ALTER EXTENSION ${extension} UPDATE TO ${pg.escapeIdentifier(textOf(news["version"]))}`,
        );
      }
    },

    delete: (outputs) => {
      const cascade = outputs["dropCascade"] === true ? "CASCADE" : "RESTRICT";
      return run(
        outputs,
        `DROP EXTENSION IF EXISTS ${pg.escapeIdentifier(textOf(outputs["name"]))} ${cascade}`,
      );
    },
  };
}

function optional(database: string): string | undefined {
  return database === "" ? undefined : database;
}
