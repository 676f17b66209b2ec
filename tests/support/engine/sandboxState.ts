import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { execute, type SandboxStatus, type TestSandbox } from "./sandbox.ts";
import { signature } from "../../../lib/pulumi/sentinels.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Fields = Record<string, Json>;

/** The name of an object, a repository or a resource. */
interface Named {
  readonly kind: string;
  readonly name: string;
  readonly urn: string;
}

/** All that a converged program leaves behind, in a form in which two sandboxes can be compared. */
export interface SandboxState {
  /** Every object of the program's namespace and of ArgoCD's, by kind, namespace and name. */
  readonly cluster: Record<string, Json>;
  /** Roles, databases, tables, columns, indexes, constraints, extensions and rights. */
  readonly database: Record<string, Json>;
  /** Repositories with their branches, and webhooks. */
  readonly github: Record<string, Json>;
  /** Every resource of the stack with its inputs and outputs, by URN. */
  readonly resources: Record<string, Json>;
}

/** Objects that other controllers make, at their own pace. */
const derived =
  /^(events|pods|replicasets\.apps|endpoints|endpointslices\.|controllerrevisions|jobs\.batch|.*\.metrics\.)/;

/** Set by the API server, by ArgoCD when it gets there, or by the moment. */
const volatile = new Set([
  "argocd.argoproj.io/tracking-id",
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "managedFields",
  "status",
]);

/**
 * Only the official plugins' outputs hold these: their own bookkeeping, and a password's bcrypt hash, which the
 * program does not use.
 */
const bookkeeping = new Set(["__pulumi_raw_state_delta", "__meta", "__fieldManager", "bcryptHash"]);

/** Reads a sandbox that is up; addresses, ids and random values are replaced by what they are. */
export async function sandboxState(sandbox: TestSandbox): Promise<SandboxState> {
  const status = await sandbox.status();
  const resources = await stackResources(sandbox);
  const state = {
    cluster: await clusterState(status),
    database: await databaseState(status),
    github: await githubState(status),
    resources,
  };
  // By value: no pattern tells a random value from a name every time.
  const credentials = JSON.parse(await readFile(join(sandbox.directory, "credentials.json"), "utf8")) as Json;
  const random = [...texts(credentials), ...generatedPasswords(resources)].filter(
    (text) => text.length >= 16,
  );
  return normal(state, random) as unknown as SandboxState;
}

function texts(value: Json): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

function generatedPasswords(resources: Json): string[] {
  const made = Object.values(resources as Record<string, Fields>);
  const passwords = made.filter(({ type }) => type === "random:index/randomPassword:RandomPassword");
  return passwords.flatMap(({ outputs }) => texts((outputs as Fields)["result"] ?? null));
}

async function clusterState({ kubectl, kubeconfig }: SandboxStatus): Promise<Json> {
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await execute(
      kubectl,
      ["--kubeconfig", kubeconfig, ...args],
      process.env,
    );
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const kinds = await run("api-resources", "--verbs=list", "--namespaced", "-o", "name");
  const listed = kinds
    .trim()
    .split("\n")
    .filter((kind) => !derived.test(kind));
  const found: Fields = {};
  for (const namespace of ["mesh-six", "argocd"]) {
    const answer = await run("get", listed.join(","), "-n", namespace, "-o", "json");
    const own = await run("get", "namespace", namespace, "-o", "json");
    for (const object of [
      JSON.parse(own),
      ...(JSON.parse(answer) as { items: unknown[] }).items,
    ] as Fields[]) {
      const { name, namespace: within = "" } = object["metadata"] as Record<string, string>;
      found[`${(object as unknown as Named).kind} ${within}/${String(name)}`] = stable(object, volatile);
    }
  }
  return found;
}

async function databaseState({ databaseUrl }: SandboxStatus): Promise<Json> {
  const queries = {
    roles: `SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
                   rolconnlimit, rolvaliduntil::text, rolpassword LIKE 'SCRAM-SHA-256$%' AS scram
              FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1`,
    members:
      "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members WHERE roleid::regrole::text !~ '^pg_'",
    databases: `SELECT datname, datdba::regrole::text, pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit,
                       datallowconn, datistemplate, datacl::text FROM pg_database ORDER BY 1`,
    schemas:
      "SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1",
    relations: `SELECT relname, relkind, relowner::regrole::text, relacl::text, pg_get_expr(relpartbound, oid) FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
    columns: `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
               WHERE table_schema = 'public' ORDER BY 1, 2`,
    indexes: "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    constraints: `SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                   WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
    extensions: "SELECT extname, extversion FROM pg_extension ORDER BY 1",
    migrations: "SELECT name FROM _migrations ORDER BY 1",
    registry:
      "SELECT service_name, repo_url, platform, default_branch, board_id, metadata FROM repo_registry ORDER BY 1",
  };
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const state: Fields = {};
    for (const [name, sql] of Object.entries(queries)) state[name] = (await client.query<Fields>(sql)).rows;
    return state;
  } finally {
    await client.end();
  }
}

async function githubState({ githubUrl, githubToken }: SandboxStatus): Promise<Json> {
  const get = async (path: string): Promise<Json> => {
    const headers = { authorization: `Bearer ${githubToken}` };
    const answer = await fetch(`${githubUrl}/api/v3${path}`, { headers });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
    return (await answer.json()) as Json;
  };
  const times = new Set(["id", "node_id", "created_at", "updated_at", "pushed_at", "last_response", "size"]);
  const repository = "/repos/bto-labs/gwa-test-app";
  return {
    hooks: stable(await get("/orgs/bto-labs/hooks"), times),
    repository: stable(await get(repository), times),
    contents: await get(`${repository}/git/trees/main?recursive=1`),
  };
}

async function stackResources(sandbox: TestSandbox): Promise<Json> {
  const exported = await sandbox.pulumi("stack", "export", "--show-secrets");
  const { deployment } = JSON.parse(exported) as { deployment: { resources: Fields[] } };
  const ignored = new Set([...volatile, ...bookkeeping]);
  const resources = deployment.resources.map((resource): [string, Json] => {
    const { type, custom, protect, retainOnDelete, parent, dependencies, outputs } = resource;
    const { id, inputs } = resource;
    const dependsOn = Array.isArray(dependencies) ? dependencies.toSorted() : null;
    const kept = { type, custom, protect, retainOnDelete, parent, dependsOn, id, inputs, outputs };
    return [(resource as unknown as Named).urn, stable(stated(kept as Json), ignored)];
  });
  return Object.fromEntries(resources);
}

/** Values of a state as they are: a secret one is stored as JSON text. */
function stated(value: Json): Json {
  if (Array.isArray(value)) return value.map(stated);
  if (typeof value !== "object" || value === null) return value;
  const { plaintext } = value;
  if (typeof plaintext === "string" && signature in value) {
    return { secret: stated(JSON.parse(plaintext) as Json) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stated(inner)]));
}

/** Without members of these names, and without those that say nothing: plugins differ in whether they write nulls. */
function stable(value: Json, left: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((item) => stable(item, left));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => !left.has(key) && inner !== null);
  const members = kept.map(([key, inner]): [string, Json] => [key, stable(inner, left)]);
  // A value that held nothing but such members, as annotations do, goes too.
  return Object.fromEntries(members.filter(([key, inner]) => !emptied(value[key], inner)));
}

function emptied(before: Json | undefined, after: Json): boolean {
  const isEmpty = (value: Json | undefined) => JSON.stringify(value) === "{}";
  return isEmpty(after) && !isEmpty(before);
}

/** The same text for what differs from sandbox to sandbox: ports, paths, random values and what is made of them. */
function normal(value: unknown, random: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((item) => normal(item, random));
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value);
    return Object.fromEntries(members.map(([key, inner]) => [key, normal(inner, random)]));
  }
  if (typeof value !== "string") return (value ?? null) as Json;
  const decoded = Buffer.from(value, "base64");
  const isBase64 =
    value.length >= 8 && decoded.toString("base64") === value && /^[\x20-\x7e\n]+$/.test(decoded.toString());
  return (
    random
      .reduce(
        (text, secret) => text.replaceAll(secret, "RANDOM"),
        isBase64 ? `base64 of ${decoded.toString()}` : value,
      )
      // Whole, before the patterns below: how a certificate's lines break and end is as random as its key.
      .replaceAll(/-----BEGIN ([A-Z ]+)-----.*?-----END \1-----/gs, "PEM $1")
      .replaceAll(/mesh-six-sandbox-\w+/g, "SANDBOX")
      .replaceAll(/^\d{5}$/g, "PORT")
      .replaceAll(/^[0-9a-f]{16}$/g, "CHECKSUM")
      .replaceAll(/^[0-9a-f]{8}$/g, "OPTION_ID")
      .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, "$1:PORT")
      .replaceAll(/\b(PVT\w*?|R)_[\w-]+/g, "$1_ID")
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, "TIME")
      .replaceAll(/\b10\.\d+\.\d+\.\d+\b/g, "CLUSTER-IP")
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
      .replaceAll(/[\w+/=-]*(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-zA-Z])[\w+/=-]{20,}/g, "RANDOM")
  );
}
