import { existsSync } from "node:fs";
import { shellQuoted } from "../../lib/text/shellQuoted.ts";
import { githubAddresses } from "../../lib/github/addresses.ts";
import { reachedServices } from "../engine/operateSandbox.ts";
import { projectRoot, type SandboxDirectory } from "../place/directory.ts";
import { operationRole, stackEnvironment, stackName } from "../engine/operations.ts";
import { childrenByParent, markedProcesses, memoryOf, tree } from "../../lib/process/processTable.ts";
import { pulumiHome } from "../../toolchain/parts/engine.ts";
import { pastProxy } from "../../lib/network/proxy.mjs";
import { choosePlugins, type PluginSources } from "../engine/pluginChoice.ts";
import { readToolchain } from "../engine/toolchainRecord.ts";
import { table } from "../../lib/cli/table.ts";
import type { Screen } from "./screen.ts";
import { allServices, isOnDemand } from "../services/catalogue.ts";
import { overlayFolder } from "../services/nodeService.ts";
import { asAdministrator } from "../services/postgres/postgres.ts";
import type { Service } from "../services/service.ts";
import { openSandbox, type Sandbox } from "../place/sandbox.ts";

interface ServiceStatus {
  readonly name: string;
  readonly pid: number | undefined;
  readonly port: number | undefined;
  /** Bytes, of the process and all below it. */
  readonly memory: number | undefined;
}

/** Tells what runs and how to reach it; exit code 0 when every service of the sandbox runs, else 1. */
export async function showStatus(
  directory: SandboxDirectory,
  screen: Screen,
  showSecrets: boolean,
): Promise<number> {
  if (!existsSync(directory.credentials)) {
    screen.document({ running: false, directory: directory.root });
    screen.line(`There is no sandbox in ${directory.root}: "npm run sandbox" makes one.`);
    return 1;
  }
  const sandbox = openSandbox(directory);
  const services = serviceStatus(sandbox, sandbox.services);
  const onDemand = serviceStatus(
    sandbox,
    allServices.filter((service) => isOnDemand(service) && !sandbox.services.includes(service)),
  ).filter(({ pid }) => pid !== undefined);
  const running = services.every(({ pid }) => pid !== undefined);
  if (screen.json)
    screen.document(await statusDocument(sandbox, [...services, ...onDemand], { running, showSecrets }));
  else await print(sandbox, screen, [...services, ...onDemand], running, showSecrets);
  return running ? 0 : 1;
}

function serviceStatus({ supervisor, ports }: Sandbox, services: readonly Service[]): ServiceStatus[] {
  const children = childrenByParent();
  return services.map(({ name, listens }) => {
    const pid = supervisor.find(name)?.pid;
    const memory =
      pid === undefined
        ? undefined
        : tree(pid, children).reduce((sum, each) => sum + (memoryOf(each) ?? 0), 0);
    return { name, pid, port: listens ? ports.remembered(name) : undefined, memory };
  });
}

async function statusDocument(
  sandbox: Sandbox,
  services: readonly ServiceStatus[],
  { running, showSecrets }: { readonly running: boolean; readonly showSecrets: boolean },
) {
  const { directory, credentials } = sandbox;
  const reached = reachedServices(sandbox);
  const toolchain = readToolchain(directory);
  const database = await databaseUrl(sandbox);
  if (!showSecrets) database.password = "";
  return {
    running,
    directory: directory.root,
    kubeconfig: reached.kubeconfig,
    context: reached.context,
    kubectl: toolchain?.kubectl,
    databaseUrl: database.href,
    githubUrl: reached.github.url,
    ...(showSecrets ? { githubToken: reached.github.token } : {}),
    stack: stackName,
    backendUrl: stackEnvironment(directory)["PULUMI_BACKEND_URL"],
    ...(showSecrets ? { passphrase: credentials.passphrase } : {}),
    configFile: directory.settings,
    engine: toolchain?.engine,
    plugins: toolchain?.plugins ?? (await choosePlugins()).sources,
    languageHost: toolchain?.languageHost ?? null,
    environment: {
      ...plainEnvironment(directory, toolchain?.plugins),
      // The file of stackEnvironment counts only where the caller's environment does not hold this.
      ...(showSecrets ? { PULUMI_CONFIG_PASSPHRASE: credentials.passphrase } : {}),
      PATH: toolchain?.path ?? [],
    },
    services: Object.fromEntries(services.map(({ name, ...rest }) => [name, rest])),
    pids: Object.fromEntries(services.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]]))),
    logs: directory.logs,
  };
}

async function print(
  sandbox: Sandbox,
  screen: Screen,
  services: readonly ServiceStatus[],
  running: boolean,
  showSecrets: boolean,
): Promise<void> {
  const { directory } = sandbox;
  const megabytes = (bytes: number) => `${String(Math.round(bytes / 1024 / 1024))} MB`;
  const total = services.reduce((sum, { memory }) => sum + (memory ?? 0), 0);
  screen.heading(
    `Sandbox ${directory.root}: ${running ? `running, ${megabytes(total)}` : 'not all services run ("npm run sandbox" starts them)'}`,
  );
  const rows = services.map(({ name, pid, port, memory }) => [
    `  ${name}`,
    pid === undefined ? "stopped" : `pid ${String(pid)}`,
    port === undefined ? "" : `127.0.0.1:${String(port)}`,
    memory === undefined ? "" : megabytes(memory),
  ]);
  for (const line of table(rows)) screen.line(line);
  if (sandbox.supervisor.find(operationRole) ?? markedProcesses(`${directory.root}:${operationRole}`)[0]) {
    screen.line("  An operation is under way.");
  }
  for (const line of await howToLook(sandbox, showSecrets)) screen.line(line);
  for (const line of plainPulumi(directory)) screen.line(line);
}

/** Lines that show a person the way to cluster, database and GitHub; passwords only when asked for. */
export async function howToLook(sandbox: Sandbox, showSecrets: boolean): Promise<string[]> {
  const reached = reachedServices(sandbox);
  const database = await databaseUrl(sandbox);
  const password = decodeURIComponent(database.password);
  if (!showSecrets) database.password = "";
  const kubectl = readToolchain(sandbox.directory)?.kubectl ?? "kubectl";
  const where = showSecrets ? [] : ["  (passwords and tokens: npm run sandbox -- status --show-secrets)"];
  return [
    "",
    "Look at it",
    `  cluster    KUBECONFIG=${shellQuoted(reached.kubeconfig)} ${shellQuoted(kubectl)} --context ${reached.context} get all -n mesh-six`,
    `  database   ${showSecrets ? `PGPASSWORD=${shellQuoted(password)} ` : ""}psql ${shellQuoted(database.href)}`,
    `  GitHub     ${githubAddresses(reached.github.url).api}${showSecrets ? `  token ${reached.github.token}` : ""}`,
    ...where,
  ];
}

function plainPulumi(directory: SandboxDirectory): string[] {
  const toolchain = readToolchain(directory);
  if (toolchain === undefined) return [];
  const lines = ["", `Plain "pulumi up", "preview", "refresh", "destroy" in ${projectRoot}`];
  if (toolchain.languageHost === undefined) {
    return [
      ...lines,
      "  want pulumi-language-nodejs (part of Pulumi's CLI download), which this machine does not have;",
      "  npm run sandbox -- preview | up | refresh | destroy do the same without it.",
    ];
  }
  return [
    ...lines,
    `  export PATH=${shellQuoted(toolchain.path.join(":"))}:"$PATH"`,
    ...Object.entries(plainEnvironment(directory, toolchain.plugins)).map(
      ([name, value]) => `  export ${name}=${shellQuoted(value)}`,
    ),
    // It would count before the file.
    "  unset PULUMI_CONFIG_PASSPHRASE",
  ];
}

/** Variables that plain `pulumi` needs in its environment, PATH aside. */
export function plainEnvironment(
  directory: SandboxDirectory,
  plugins: PluginSources | undefined,
): Record<string, string> {
  const ownHome = Object.values(plugins ?? {}).some((source) => source !== "official");
  return {
    ...stackEnvironment(directory),
    // The sandbox's stand-in for the application's manifests.
    MESH_SIX_OVERLAY: overlayFolder,
    ...pastProxy(process.env),
    // Where the stand-ins and a built plugin lie, and which targets stand-ins may touch; else where the official ones were found, for
    // the engine goes by the user's home and not by $HOME.
    ...(ownHome
      ? { PULUMI_HOME: directory.pulumiHome, MESH_SIX_SANDBOX: directory.targets }
      : { PULUMI_HOME: pulumiHome() }),
  };
}

/** The administrator's URL: to the program's database once it is there, before to the maintenance database. */
async function databaseUrl(sandbox: Sandbox): Promise<URL> {
  const { existing } = sandbox.credentials;
  const { host, port, user, password } = reachedServices(sandbox).database;
  const url = new URL(existing.databaseUrl ?? `postgres://${host}:${String(port)}/postgres`);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  if (existing.databaseUrl !== undefined) return url;
  const context = { credentials: sandbox.credentials, port: () => port };
  try {
    const { rowCount } = await asAdministrator(context, { connectTimeout: 3_000 }, (client) =>
      client.query("SELECT FROM pg_database WHERE datname = 'mesh_six'"),
    );
    if (rowCount === 1) url.pathname = "/mesh_six";
  } catch {
    // Not running: the maintenance database is there at every start.
  }
  return url;
}
