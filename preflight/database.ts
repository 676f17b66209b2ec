import { type Problem, ProblemError } from "../lib/text/problem.ts";
import { describeDatabase, UnreachableDatabaseError, withClient } from "../lib/postgres/postgres.ts";
import type { SslMode } from "../lib/postgres/url.ts";
import { databaseUrl } from "../lib/postgres/url.ts";

/** The login to the database before anything is made: as the server's admin, or as it is. */
export type DatabaseLogin =
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly sslMode: SslMode;
      readonly adminDatabase: string;
      readonly adminUser: string;
      readonly adminPassword: string;
      readonly adminSuperuser: boolean;
      /** Whether the extension is wanted. */
      readonly vector: boolean;
      /** Role and database that are to be made. */
      readonly user: string;
      readonly name: string;
    };

/** The parts that exist already, whether this stack made them or not. */
export interface FoundDatabase {
  readonly role: boolean;
  readonly database: boolean;
  /** Whether this program has been here: at least role and database, or the ledger of its migrations. */
  readonly begun: boolean;
}

/** The server's answer about itself and the role that asks. */
export interface ServerAnswer extends FoundDatabase {
  /** As in 180004. */
  readonly version: number;
  readonly superuser: boolean;
  /** Whether it may make roles and databases. */
  readonly makes: boolean;
  /** Whether it may make schemas in the database it is in, and tables in its first schema. */
  readonly creates: boolean;
  /** Whether the extension could be made. */
  readonly vector: boolean;
  /** Whether it is a replica, on which nothing can be written. */
  readonly standby: boolean;
  /** Sessions that are open, of those the server takes. */
  readonly sessions: number;
  readonly maxSessions: number;
}

const question = `
  select rolsuper as superuser, rolsuper or (rolcreaterole and rolcreatedb) as makes,
         has_database_privilege(current_database(), 'CREATE')
           and coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as creates,
         exists (select from pg_available_extensions where name = 'vector') as vector,
         exists (select from pg_roles where rolname = $1) as role,
         exists (select from pg_database where datname = $2) as database,
         exists (select from pg_namespace where nspname = 'mesh_six_infra') as begun,
         current_setting('server_version_num')::int as version, pg_is_in_recovery() as standby,
         current_setting('max_connections')::int as "maxSessions",
         (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as sessions
    from pg_roles where rolname = current_user`;

/** @throws Error when nobody answers, or the login is refused, and the settings that mend it */
export async function askServer(login: DatabaseLogin): Promise<ServerAnswer> {
  const options = { applicationName: "mesh-six-infra preflight", readOnly: true };
  try {
    return await withClient(loginUrl(login), options, async (client) => {
      const made = "url" in login ? { user: "", name: "" } : login;
      const { rows } = await client.query<ServerAnswer>(question, [made.user, made.name]);
      const answer = rows[0]!;
      return "url" in login ? answer : { ...answer, begun: answer.role && answer.database };
    });
  } catch (cause) {
    if (!(cause instanceof UnreachableDatabaseError)) throw cause;
    const settings =
      "url" in login
        ? "pulumi config set --secret mesh-six:databaseUrl"
        : "settings mesh-six:databaseHost, databasePort, databaseSslMode, databaseAdminUser, databaseAdminPassword";
    const { said, remedy } = cause.problem;
    throw new ProblemError({ said, remedy: `${remedy} (${settings})` }, { cause });
  }
}

/** The URL of the session by which the database is looked at; holds the password. */
export function loginUrl(login: DatabaseLogin): string {
  if ("url" in login) return login.url;
  const { host, port, sslMode, adminUser: user, adminPassword: password, adminDatabase: name } = login;
  return databaseUrl({ host, port, sslMode, user, password, name });
}

/** Each thing that would fail later. */
export function databaseProblems(answer: ServerAnswer, login: DatabaseLogin): Problem[] {
  if (answer.standby) {
    const [setting, where] =
      "url" in login
        ? ["mesh-six:databaseUrl", describeDatabase(login.url)]
        : ["mesh-six:databaseHost", `${login.host}:${login.port}`];
    const said = `${setting}: expected a server that takes writes, got the standby ${where}`;
    return [{ said, remedy: "name its primary" }];
  }
  if ("url" in login) {
    // Where the migrations have run, nothing may be pending that makes a schema or table; the server refuses what is.
    if (answer.creates || answer.begun) return [];
    return [
      {
        said: "mesh-six:databaseUrl: expected a role that can create schemas and tables, got one without the right",
        remedy: "grant create on its database and on schema public to it",
      },
    ];
  }
  const user = `role ${login.adminUser} at ${login.host}`;
  const problems: Problem[] = [];
  if (!answer.makes) {
    problems.push({
      said: `${user}: expected one that can make roles and databases, got one without the right`,
      remedy: `alter role ${login.adminUser} createrole createdb`,
    });
  } else if (!answer.superuser && login.adminSuperuser) {
    problems.push({
      said: `${user}: expected a superuser, got none`,
      remedy: "pulumi config set mesh-six:databaseAdminSuperuser false",
    });
  }
  if (!answer.vector && login.vector) {
    problems.push({
      said: `extension vector at ${login.host}: expected it on the server, got none`,
      remedy: "install pgvector, or pulumi config set mesh-six:databaseVector false",
    });
  }
  return problems;
}
