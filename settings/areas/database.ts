import { choice, flag, integer, name, secretText } from "../declaration.ts";
import { host, sqlName } from "../formats.ts";

/** The database and its role. */
export const databaseSettings = {
  databaseMode: choice(
    "managed: make role and database on the server; existing: use databaseUrl as it is",
    ["managed", "existing"],
    "managed",
  ),
  databaseUrl: secretText(
    "Connection string of the database to use with databaseMode existing: postgresql://user:password@host:port/name",
  ),
  databaseHost: name("Host of the PostgreSQL server", "pgsql.k3s.bto.bar", { schema: host }),
  databasePort: integer("Port of the PostgreSQL server", 5432, { min: 1, max: 65535 }),
  databaseName: name("Database that is made and owned by databaseUser", "mesh_six", { schema: sqlName }),
  databaseUser: name("Role that is made for mesh-six, with a generated password", "mesh_six", {
    schema: sqlName,
  }),
  databaseAdminUser: name("Role that may make roles and databases; used by Pulumi only", "postgres"),
  databaseAdminPassword: secretText("Password of databaseAdminUser"),
  databaseAdminDatabase: name("Database that databaseAdminUser connects to", "postgres"),
  databaseAdminSuperuser: flag("Whether databaseAdminUser is a superuser; false on hosted servers", true),
  databaseSslMode: choice(
    "TLS to the server, for Pulumi and in postgres-secret",
    ["disable", "require", "verify-ca", "verify-full"],
    "disable",
  ),
  databaseVector: flag(
    "Create the extension vector in the database; the server must have pgvector installed",
    false,
  ),
  databaseRetain: flag("Keep role and database when the stack is destroyed", true),
};
