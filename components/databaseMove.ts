import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, UnreachableDatabaseError, withClient } from "../lib/postgres/postgres.ts";
import { databaseUrl } from "../lib/postgres/url.ts";
import type { DatabaseArgs } from "./database.ts";

type Hooks = Pick<pulumi.CustomResourceOptions, "hooks">;

/**
 * Looks at a changed address of the server before the provider takes it, in previews too. The program copies no rows:
 * role and database have to be at the new address already, by a new name of the same server, a standby that was
 * promoted, or a copy.
 *
 * @param password - of the role
 * @throws Error in the hook, with what is missing there
 */
export function watchServer(args: DatabaseArgs, password: pulumi.Output<string>): Hooks {
  return beforeUpdate("look at the database's new address", async ({ oldInputs, newInputs }) => {
    const [before, now] = [addressOf(oldInputs), addressOf(newInputs)];
    if (before === undefined || now === undefined || before === now) return;
    const changed = `mesh-six:databaseHost and databasePort: ${before} becomes ${now}`;
    const { role, database } = args.found ?? { role: true, database: true };
    const missing = [...(role ? [] : [`role ${args.user}`]), ...(database ? [] : [`database ${args.name}`])];
    const remedy = `copy them first (pg_dumpall --roles-only, pg_dump --create), or set the old address again`;
    if (missing.length > 0)
      throw new Error(
        `${changed}: expected role ${args.user} and database ${args.name} to be there, since no rows are copied, got no ${missing.join(" and no ")}; ${remedy}`,
      );
    const unfit = args.found && (await whatIsUnfit(args, password));
    if (unfit) throw new Error(`${changed}: ${unfit}, or set the old address again`);
    await pulumi.log.warn(
      `${changed}: role ${args.user} and database ${args.name} there are taken for this stack's own; no rows are copied`,
    );
  });
}

/** Looks at a changed name of the database, which `pulumi up` renames with all its rows. */
export function watchDatabaseName(args: DatabaseArgs): Hooks {
  return beforeUpdate("look at the database's new name", async ({ oldInputs, newInputs }) => {
    const [before, now] = [nameOf(oldInputs), nameOf(newInputs)];
    if (before === undefined || now === undefined || before === now) return;
    const changed = `mesh-six:databaseName: database ${before} at ${args.host} is renamed to ${now}, with all its rows`;
    const back = `pulumi config set mesh-six:databaseName ${before}`;
    if (args.found?.database === true)
      throw new Error(
        `${changed}: expected no database ${now} yet, got one; drop or rename that one, or ${back}`,
      );
    const sessions = args.found && (await sessionsIn(args, before));
    if (sessions)
      throw new Error(
        `${changed}: expected no session in it, for the server renames none in use, got ${sessions}; stop what uses it, or ${back}`,
      );
    await pulumi.log.warn(`${changed}; clients that still use the old name are refused`);
  });
}

/** Looks at a changed name of the role, which `pulumi up` renames with all that it owns. */
export function watchRoleName(args: DatabaseArgs): Hooks {
  return beforeUpdate("look at the role's new name", async ({ oldInputs, newInputs }) => {
    const [before, now] = [nameOf(oldInputs), nameOf(newInputs)];
    if (before === undefined || now === undefined || before === now) return;
    const changed = `mesh-six:databaseUser: role ${before} at ${args.host} is renamed to ${now}, with all that it owns`;
    if (args.found?.role === true)
      throw new Error(
        `${changed}: expected no role ${now} yet, got one; drop or rename that one, or pulumi config set mesh-six:databaseUser ${before}`,
      );
    await pulumi.log.warn(`${changed}; clients that still use the old name are refused`);
  });
}

function beforeUpdate(name: string, look: (args: pulumi.ResourceHookArgs) => Promise<void>): Hooks {
  return { hooks: { beforeUpdate: [new pulumi.ResourceHook(name, look, { onDryRun: true })] } };
}

/** A role that cannot log in, or a database that is not its own, as a copy without owners has it. */
async function whatIsUnfit(args: DatabaseArgs, password: pulumi.Output<string>): Promise<string | undefined> {
  const secret = await known(password);
  if (secret === undefined) return undefined;
  const { host, port, sslMode, name, user } = args;
  const url = databaseUrl({ host, port, sslMode, name, user, password: secret });
  try {
    const { rows } = await withClient(url, session, (client) =>
      client.query<{ owner: string }>(
        `SELECT pg_get_userbyid(datdba) AS owner FROM pg_database
          WHERE datname = current_database() AND NOT pg_has_role(datdba, 'USAGE')`,
      ),
    );
    const [other] = rows;
    if (other === undefined) return undefined;
    return `expected database ${name} there to be role ${user}'s, got one of role ${other.owner}; as the administrator: ALTER DATABASE ${name} OWNER TO ${user}`;
  } catch (error) {
    if (!(error instanceof UnreachableDatabaseError)) throw error;
    const refusal = `a refusal (SQLSTATE ${errorCode(error.cause) || "unknown"})`;
    return `expected role ${user} there to log in with this stack's password, got ${refusal}; as the administrator: ALTER ROLE ${user} LOGIN PASSWORD with the one in pulumi stack output databaseUrl --show-secrets`;
  }
}

/** Number and names of the sessions that are open in a database, as the administrator sees them. */
async function sessionsIn(args: DatabaseArgs, database: string): Promise<string | undefined> {
  const secret = await known(pulumi.output(args.adminPassword));
  if (secret === undefined) return undefined;
  const { host, port, sslMode, adminUser: user, adminDatabase: name } = args;
  const url = databaseUrl({ host, port, sslMode, name, user, password: secret });
  const { rows } = await withClient(url, session, (client) =>
    client.query<{ application: string; sessions: number }>(
      `SELECT coalesce(nullif(application_name, ''), 'unnamed') AS application, count(*)::int AS sessions
         FROM pg_stat_activity WHERE datname = $1 GROUP BY 1 ORDER BY 1`,
      [database],
    ),
  );
  if (rows.length === 0) return undefined;
  return rows.map(({ application, sessions }) => `${sessions} of ${application}`).join(", ");
}

const session = { applicationName: "mesh-six-infra preflight", readOnly: true, connectTimeout: 5_000 };

/** The value of an output, or undefined for one that only the update makes: that one never resolves in a preview. */
function known(output: pulumi.Output<string>): Promise<string | undefined> {
  const value = new Promise<string>((resolve) => output.apply(resolve));
  return Promise.race([value, sleep(2_000, undefined, { ref: false })]);
}

function addressOf(inputs: Record<string, unknown> | undefined): string | undefined {
  const { host, port } = inputs ?? {};
  return typeof host === "string" ? `${host}:${String(port)}` : undefined;
}

function nameOf(inputs: Record<string, unknown> | undefined): string | undefined {
  return typeof inputs?.["name"] === "string" ? inputs["name"] : undefined;
}
