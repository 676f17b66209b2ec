import pg from "pg";
import { differences } from "../protocol/differences.ts";
import { objectAt, textOf, type Properties, type Value } from "../protocol/values.ts";
import { type CatalogueKind, explain } from "./catalogueType.ts";
import { scramVerifier, verifies } from "./scram.ts";
import type { Server } from "./server.ts";

/** Inputs that are attributes of the role, with the words that set and unset them. */
const FLAGS: Record<string, readonly [string, string]> = {
  bypassRowLevelSecurity: ["BYPASSRLS", "NOBYPASSRLS"],
  createDatabase: ["CREATEDB", "NOCREATEDB"],
  createRole: ["CREATEROLE", "NOCREATEROLE"],
  inherit: ["INHERIT", "NOINHERIT"],
  login: ["LOGIN", "NOLOGIN"],
  replication: ["REPLICATION", "NOREPLICATION"],
  superuser: ["SUPERUSER", "NOSUPERUSER"],
};

/** The official plugin's outputs that are not served here. */
const UNSERVED = {
  assumeRole: "",
  encrypted: null,
  idleInTransactionSessionTimeout: 0,
  passwordWo: null,
  passwordWoVersion: null,
  roles: null,
  searchPaths: null,
  statementTimeout: 0,
};

interface RoleRow {
  rolname: string;
  rolbypassrls: boolean;
  rolcreatedb: boolean;
  rolcreaterole: boolean;
  rolinherit: boolean;
  rolcanlogin: boolean;
  rolreplication: boolean;
  rolsuper: boolean;
  rolconnlimit: number;
  valid_until: string | null;
  reader_is_superuser: boolean;
}

/** postgresql:index/role:Role */
export function roles(server: Server): CatalogueKind {
  return {
    noun: "role",
    inputs: [
      ...Object.keys(FLAGS),
      ...[
        "name",
        "password",
        "encryptedPassword",
        "connectionLimit",
        "validUntil",
        "skipDropRole",
        "skipReassignOwned",
      ],
    ],
    defaults: { connectionLimit: -1, encryptedPassword: true, inherit: true, validUntil: "infinity" },
    required: [],
    secret: ["password"],
    replaces: [],
    computed: [],
    idOf: (inputs) => textOf(inputs["name"]),
    fromId: (id) => ({ name: id }),

    async create(inputs) {
      const name = textOf(inputs["name"]);
      const given = Object.keys(FLAGS).map((flag): [string, Value] => [
        flag,
        inputs[flag] ?? flag === "inherit",
      ]);
      const sql = `CREATE ROLE ${pg.escapeIdentifier(name)} WITH ${attributes({ ...inputs, ...Object.fromEntries(given) })}`;
      await server
        .session((client) => client.query(sql))
        .catch((error: unknown) => {
          throw explain(error, `Role ${name}`, {
            "42710": `This stack does not own it: import it (pulumi import postgresql:index/role:Role NAME ${name}) or name another.`,
            "42501": "The provider's user needs CREATEROLE.",
          });
        });
    },

    read: (known) => server.session((client) => readRole(client, known)),

    async update({ oldInputs, news }) {
      const before = textOf(oldInputs["name"]);
      const name = textOf(news["name"]);
      const changed = new Set(differences(oldInputs, news).map(({ path }) => path));
      const sets = attributes(Object.fromEntries(Object.entries(news).filter(([key]) => changed.has(key))));
      const removed = Object.keys(FLAGS).filter((flag) => changed.has(flag) && news[flag] === undefined);
      const unset = removed.map((flag) => FLAGS[flag]?.[flag === "inherit" ? 0 : 1]);
      const statements = [
        before === name
          ? ""
          : `ALTER ROLE ${pg.escapeIdentifier(before)} RENAME TO ${pg.escapeIdentifier(name)}`,
        ...[sets, ...unset].map((set) => (set ? `ALTER ROLE ${pg.escapeIdentifier(name)} WITH ${set}` : "")),
      ].filter((statement) => statement !== "");
      await server.session(async (client) => {
        await client.query("BEGIN");
        for (const statement of statements) {
          await client.query(statement).catch((error: unknown) => {
            throw explain(error, `Role ${name}`);
          });
        }
        await client.query("COMMIT");
      });
    },

    async delete(outputs) {
      if (outputs["skipDropRole"] === true) return;
      const name = textOf(outputs["name"]);
      const role = pg.escapeIdentifier(name);
      const reassign = [`REASSIGN OWNED BY ${role} TO CURRENT_USER`, `DROP OWNED BY ${role}`];
      await server.session(async (client) => {
        if (!(await readRole(client, { name }))) return;
        await client.query("BEGIN");
        const statements = [...(outputs["skipReassignOwned"] === true ? [] : reassign), `DROP ROLE ${role}`];
        for (const statement of statements) {
          await client.query(statement).catch((error: unknown) => {
            throw explain(error, `Role ${name}`, {
              "2BP01": "Drop what it owns in other databases, or reassign it, first.",
            });
          });
        }
        await client.query("COMMIT");
      });
    },
  };
}

function attributes(inputs: Properties): string {
  const { password, connectionLimit, validUntil } = inputs;
  const words = Object.entries(FLAGS).flatMap(([flag, [on, off]]) => {
    return inputs[flag] === undefined ? [] : [inputs[flag] === true ? on : off];
  });
  if (typeof password === "string")
    words.push(`ENCRYPTED PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`);
  if (typeof connectionLimit === "number") words.push(`CONNECTION LIMIT ${connectionLimit}`);
  if (typeof validUntil === "string") words.push(`VALID UNTIL ${pg.escapeLiteral(validUntil)}`);
  return words.join(" ");
}

async function readRole(client: pg.Client, known: Properties): Promise<Properties | undefined> {
  const { rows } = await client.query<RoleRow>(
    `SELECT r.*, r.rolvaliduntil::text AS valid_until,
            (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER) AS reader_is_superuser
       FROM pg_catalog.pg_roles r WHERE r.rolname = $1`,
    [known["name"]],
  );
  const [row] = rows;
  if (!row) return undefined;
  return {
    ...UNSERVED,
    id: row.rolname,
    name: row.rolname,
    bypassRowLevelSecurity: row.rolbypassrls,
    connectionLimit: row.rolconnlimit,
    createDatabase: row.rolcreatedb,
    createRole: row.rolcreaterole,
    encryptedPassword: known["encryptedPassword"] ?? true,
    inherit: row.rolinherit,
    login: row.rolcanlogin,
    replication: row.rolreplication,
    skipDropRole: known["skipDropRole"] ?? false,
    skipReassignOwned: known["skipReassignOwned"] ?? false,
    superuser: row.rolsuper,
    validUntil: row.valid_until ?? "infinity",
    ...(await readPassword(client, known, row.reader_is_superuser)),
  };
}

/** The known password if it is still the role's; else what is stored, so that the difference shows. */
async function readPassword(client: pg.Client, known: Properties, superuser: boolean): Promise<Properties> {
  const { password } = known;
  if (typeof password !== "string" || !superuser) return objectAt({ password: password ?? null });
  const { rows } = await client.query<{ passwd: string | null }>(
    "SELECT passwd FROM pg_catalog.pg_shadow WHERE usename = $1",
    [known["name"]],
  );
  const stored = rows[0]?.passwd ?? "";
  return { password: verifies(stored, password) === false || stored === "" ? stored : password };
}
