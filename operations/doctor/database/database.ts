import { askServer, databaseProblems, type ServerAnswer } from "../../../preflight/database.ts";
import type { Settings } from "../../../settings/settings.ts";
import { projectFolder } from "../../../lib/process/projectFolder.ts";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { observe, type Observation } from "../../../providers/migrations/ledger/ledger.ts";
import { planMigrations } from "../../../providers/migrations/run/plan.ts";
import { missingRelations, relationsLeft } from "../../../providers/migrations/review/expectedRelations.ts";
import {
  describeDatabase,
  errorCode,
  UnreachableDatabaseError,
  withClient,
} from "../../../lib/postgres/postgres.ts";
import { type Finding, fail, failures, pass, skipped, warn } from "../examination.ts";
import type { Stack } from "../stack.ts";

/** The oldest server that has all that the migrations and the event log's upkeep use. */
const oldestServer = 14;
/** Sessions that mesh-six's services and Dapr's outbox open together, roughly. */
const usualSessions = 40;

/** Whether the server answers and lets us in, and its version. */
export async function lookAtServer({ inPlain }: Settings): Promise<Finding<ServerAnswer>> {
  const { database } = inPlain();
  const answer = await askServer(database);
  const [problem] = databaseProblems(answer, database);
  if (answer.standby && problem !== undefined) return fail(problem.said, problem.remedy);
  const version = Math.floor(answer.version / 10_000);
  if (version < oldestServer) {
    const said = `PostgreSQL: expected ${oldestServer} or later, got ${version}`;
    return fail(said, "upgrade the server, or name another: pulumi config set mesh-six:databaseHost HOST");
  }
  const where = "url" in database ? describeDatabase(database.url) : `${database.host}:${database.port}`;
  return pass(`${where}, PostgreSQL ${version}`, answer);
}

/** Whether the role may do what the program does by it. */
export function lookAtPrivileges({ inPlain }: Settings, answer: ServerAnswer): Finding {
  const { database } = inPlain();
  const [problem] = databaseProblems({ ...answer, vector: true }, database);
  if (problem !== undefined) return fail(problem.said, problem.remedy);
  if ("url" in database) {
    const may = "may create schemas and tables";
    return pass(
      answer.creates ? may : "may create no tables; only a migration or a month to come needs that",
    );
  }
  return pass(`${database.adminUser} may create roles and databases`);
}

/** Whether pgvector is installed, where it is wanted. */
export function lookAtVector({ inPlain }: Settings, answer: ServerAnswer): Finding {
  const { database } = inPlain();
  if ("url" in database || !database.vector) return skipped("mesh-six:databaseVector is false");
  const [problem] = databaseProblems({ ...answer, makes: true, superuser: true }, database);
  return problem === undefined ? pass("installed on the server") : fail(problem.said, problem.remedy);
}

/** Whether role and database are free, or this stack's own. */
export function lookAtNames({ inPlain }: Settings, answer: ServerAnswer, { made }: Stack): Finding {
  const { database } = inPlain();
  if ("url" in database) return skipped("used as it is (mesh-six:databaseMode existing)");
  const { user, name } = database;
  const theirs = [
    ...(answer.role && !made.has("postgresql:index/role:Role", user) ? [`role ${user}`] : []),
    ...(answer.database && !made.has("postgresql:index/database:Database", name) ? [`database ${name}`] : []),
  ];
  if (theirs.length === 0) return pass(answer.begun ? "this stack's own" : "free: pulumi up makes them");
  return fail(
    `${theirs.join(" and ")} at ${database.host}: expected none, got what this stack did not make`,
    "to use it as it is: pulumi config set mesh-six:databaseMode existing and pulumi config set --secret mesh-six:databaseUrl; else pulumi config set mesh-six:databaseUser NAME and mesh-six:databaseName NAME",
  );
}

/** Whether the services will find room for their sessions. */
export function lookAtSessions(answer: ServerAnswer): Finding {
  const { sessions, maxSessions } = answer;
  const said = `${sessions} of ${maxSessions} in use`;
  // Services that run already have their sessions open.
  if (maxSessions >= usualSessions && sessions < maxSessions * 0.9) return pass(said);
  return warn(
    `connections: expected room for about ${usualSessions}, got ${said}`,
    "raise max_connections, or close sessions that are idle",
  );
}

/** Whether the migrations' files and the database's ledgers agree; read by a session that cannot write. */
export async function lookAtMigrations(settings: Settings, { made }: Stack): Promise<Finding> {
  const { database } = settings.inPlain();
  const files = readMigrations(projectFolder("migrations"));
  const url = "url" in database ? database.url : made.databaseUrl;
  const nothing = {
    backend: 0,
    readOnly: true,
    ledger: undefined,
    application: undefined,
    applicationSchema: "",
  };
  let observed: Observation = nothing;
  let gone: readonly string[] = [];
  try {
    const session = { applicationName: "mesh-six-infra doctor", readOnly: true };
    if (url !== undefined) {
      [observed, gone] = await withClient(url, session, async (client) => {
        const seen = await observe(client);
        const applied = new Set(seen.ledger?.flatMap(({ name, finished }) => (finished ? [name] : [])));
        const own = files.migrations.filter(({ name }) => applied.has(name));
        return [seen, await missingRelations(client, await relationsLeft(own))] as const;
      });
    }
  } catch (error) {
    if ("url" in database || !isRefused(error)) throw error;
    return fail(
      `role ${database.user} at ${database.host}: expected it to log in as this stack made it, got ${error.got}`,
      `as the administrator: ALTER ROLE ${database.user} LOGIN PASSWORD with the one in pulumi stack output databaseUrl --show-secrets`,
    );
  }
  const plan = planMigrations(files, observed, settings.migrations);
  if (plan.problems.length > 0) return failures(plan.problems);
  if (gone.length > 0) {
    return fail(
      `${gone.join(", ")}: expected in the database, as the migrations that are applied made it, got none`,
      "restore it from a backup, or by a new migration",
    );
  }
  const applied = files.migrations.length - plan.pending.length;
  return pass(`${applied} of ${files.migrations.length} applied, ${plan.pending.length} pending`);
}

/** Whether the server refused the login itself: invalid_password, invalid_authorization_specification. */
function isRefused(error: unknown): error is UnreachableDatabaseError {
  return error instanceof UnreachableDatabaseError && ["28P01", "28000"].includes(errorCode(error.cause));
}
