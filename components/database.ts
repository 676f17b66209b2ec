import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { parseConnection, type Connection } from "../lib/postgres/connection.ts";
import { afterCutOff } from "../settings/afterCutOff.ts";
import { databaseUrl, urlForServices, type SslMode } from "../lib/postgres/url.ts";
import { watchDatabaseName, watchRoleName, watchServer } from "./databaseMove.ts";

export interface DatabaseArgs {
  readonly host: string;
  readonly port: number;
  readonly sslMode: SslMode;
  /** Role that may make roles and databases. */
  readonly adminUser: string;
  readonly adminPassword: pulumi.Input<string>;
  /** Database the admin connects to. */
  readonly adminDatabase: string;
  /** False on hosted servers, where the admin is no superuser. */
  readonly adminSuperuser: boolean;
  /** Database to make. */
  readonly name: string;
  /** Role to make; it owns the database. */
  readonly user: string;
  /** Create the extension `vector`. */
  readonly vector: boolean;
  /** Whether role and database are on the server already; those this stack did not make are refused by name. */
  readonly found?: { readonly role: boolean; readonly database: boolean } | undefined;
  /** Keep role and database when they leave the program or the stack is destroyed. */
  readonly retain: boolean;
}

/**
 * A database and a role of its own on a server that is there already.
 *
 * The role logs in with a generated password, owns the database and so all it makes there, and may do nothing
 * else on the server: no superuser, no roles, no databases.
 *
 * A role or database of that name which this stack did not make is refused; `existingDatabase` uses one as it is.
 *
 * @example
 * const database = new Database("database", {
 *   host: "pgsql.example.com", port: 5432, sslMode: "require",
 *   adminUser: "postgres", adminPassword, adminDatabase: "postgres", adminSuperuser: true,
 *   name: "mesh_six", user: "mesh_six", vector: false, retain: true,
 * });
 */
export class Database extends pulumi.ComponentResource {
  /** Connection string of the role, secret. */
  readonly url: pulumi.Output<string>;
  /** The same as mesh-six's services and Dapr read it. */
  readonly servicesUrl: pulumi.Output<string>;
  readonly username: pulumi.Output<string>;
  readonly password: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    // Policies do not see retainOnDelete; they read it here.
    super("mesh-six:components:Database", name, { retain: args.retain }, opts);

    // Without special characters, for clients that do not decode a URL; 40 letters and digits hold 238 bits.
    const password = new random.RandomPassword(
      `${name}-password`,
      { length: 40, special: false },
      { parent: this },
    );
    const server = new postgresql.Provider(
      `${name}-server`,
      {
        host: unbracketed(args.host),
        port: args.port,
        username: args.adminUser,
        password: args.adminPassword,
        database: args.adminDatabase,
        sslmode: args.sslMode,
        superuser: args.adminSuperuser,
        connectTimeout: 15,
      },
      { parent: this, ...watchServer(args, password.result) },
    );
    const onServer = { parent: this, provider: server, retainOnDelete: args.retain };

    const role = new postgresql.Role(
      `${name}-role`,
      {
        name: args.user,
        login: true,
        password: password.result,
        superuser: false,
        createRole: false,
        createDatabase: false,
        replication: false,
        bypassRowLevelSecurity: false,
      },
      {
        ...onServer,
        hooks: {
          ...refusing(args.found?.role === true, `role ${args.user}`, args.host).hooks,
          ...watchRoleName(args).hooks,
        },
      },
    );
    const database = new postgresql.Database(
      `${name}-database`,
      { name: args.name, owner: role.name },
      // A difference in any of these would replace the database, and with it what people wrote.
      {
        ...onServer,
        hooks: {
          ...refusing(args.found?.database === true, `database ${args.name}`, args.host).hooks,
          ...watchDatabaseName(args).hooks,
        },
        ignoreChanges: ["encoding", "lcCollate", "lcCtype", "template", "tablespaceName"],
      },
    );
    const extensions = args.vector
      ? [new postgresql.Extension(`${name}-vector`, { name: "vector", database: database.name }, onServer)]
      : [];

    // The URL is known only when the database is there, so that whoever is given it comes after.
    const made = pulumi.all([database.name, role.name, password.result, ...extensions.map((e) => e.id)]);
    this.url = pulumi.secret(
      made.apply(([databaseName, user, secret]) => {
        const { host, port, sslMode } = args;
        return databaseUrl({ host, port, sslMode, name: databaseName!, user: user!, password: secret! });
      }),
    );
    this.servicesUrl = this.url;
    this.username = role.name;
    this.password = pulumi.secret(password.result);
    this.registerOutputs({ url: this.url, username: this.username, password: this.password });
  }
}

/** Stops the creation, already in a preview, of what exists: only then does the engine call it. */
function refusing(exists: boolean, what: string, host: string): Pick<pulumi.CustomResourceOptions, "hooks"> {
  if (!exists) return {};
  const refuse = () => {
    throw new Error(
      `${what} at ${host}: expected none, got one that this stack did not make; to use it as it is: ` +
        "pulumi config set mesh-six:databaseMode existing and pulumi config set --secret mesh-six:databaseUrl; " +
        "to make another: pulumi config set mesh-six:databaseUser NAME and mesh-six:databaseName NAME; " +
        afterCutOff(pulumi.getStack()),
    );
  };
  return { hooks: { beforeCreate: [new pulumi.ResourceHook(`refuse ${what}`, refuse, { onDryRun: true })] } };
}

/** The parts of postgres-secret for a database and a role that are there already and stay as they are. */
export function existingDatabase(
  url: pulumi.Output<string>,
): Pick<Database, "url" | "servicesUrl" | "username" | "password"> {
  const part = (of: (connection: Connection) => string) =>
    pulumi.secret(url.apply((text) => of(parseConnection(text))));
  return {
    url: pulumi.secret(url),
    servicesUrl: pulumi.secret(url.apply(urlForServices)),
    username: part(({ user }) => user),
    password: part(({ password }) => password),
  };
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
