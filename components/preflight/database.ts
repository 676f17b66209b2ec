import { UnreachableDatabaseError, withClient } from "../../providers/postgres.ts";
import type { SslMode } from "../database.ts";
import { databaseUrl } from "../database.ts";

/** How the database is reached before anything is made: by the server's admin, or as it is. */
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

/** Whether role and database are there already, be they this stack's or not. */
export interface FoundDatabase {
  readonly role: boolean;
  readonly database: boolean;
}

interface Answer extends FoundDatabase {
  readonly superuser: boolean;
  readonly makes: boolean;
  readonly vector: boolean;
}

const question = `
  select rolsuper as superuser, rolsuper or (rolcreaterole and rolcreatedb) as makes,
         exists (select from pg_available_extensions where name = 'vector') as vector,
         exists (select from pg_roles where rolname = $1) as role,
         exists (select from pg_database where datname = $2) as database
    from pg_roles where rolname = current_user`;

/** @throws Error with one line for what would fail later, and the setting that mends it */
export async function lookAtDatabase(login: DatabaseLogin): Promise<FoundDatabase | undefined> {
  const options = { applicationName: "mesh-six-infra preflight", readOnly: true };
  try {
    if ("url" in login) return await withClient(login.url, options, () => Promise.resolve(undefined));
    const { host, port, sslMode, adminUser, adminPassword: password, adminDatabase: name } = login;
    const url = databaseUrl({ host, port, sslMode, user: adminUser, password, name });
    return await withClient(url, options, async (client) => {
      const { rows } = await client.query<Answer>(question, [login.user, login.name]);
      const [answer] = rows;
      if (answer !== undefined) judge(answer, login);
      return answer;
    });
  } catch (cause) {
    if (!(cause instanceof UnreachableDatabaseError)) throw cause;
    const settings =
      "url" in login
        ? "pulumi config set --secret mesh-six:databaseUrl"
        : "settings mesh-six:databaseHost, databasePort, databaseSslMode, databaseAdminUser, databaseAdminPassword";
    throw new Error(`${cause.message} (${settings})`, { cause });
  }
}

function judge(answer: Answer, login: Exclude<DatabaseLogin, { url: string }>): void {
  const user = `role ${login.adminUser} at ${login.host}`;
  if (!answer.makes) {
    throw new Error(
      `${user}: expected one that may make roles and databases, got one that may not; alter role ${login.adminUser} createrole createdb`,
    );
  }
  if (!answer.superuser && login.adminSuperuser) {
    throw new Error(
      `${user}: expected a superuser, got none; pulumi config set mesh-six:databaseAdminSuperuser false`,
    );
  }
  if (!answer.vector && login.vector) {
    throw new Error(
      `extension vector at ${login.host}: expected it on the server, got none; install pgvector, or pulumi config set mesh-six:databaseVector false`,
    );
  }
}
