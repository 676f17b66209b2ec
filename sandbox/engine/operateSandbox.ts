import { existsSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ServerTools } from "../../toolchain/resolve.ts";
import { prepareCluster } from "../services/cluster.ts";
import { ensureCertificates } from "../place/certificates.ts";
import { readJson, writeJson } from "../../lib/process/files.ts";
import type { Interruption } from "../../lib/cli/interruption.ts";
import { sandboxContext } from "../place/kubeconfig.ts";
import { removeLostCreates } from "./lostCreates.ts";
import {
  type Operation,
  operationRole,
  type OperationReport,
  runOperation,
  stackName,
} from "./operations.ts";
import { leaveOutEngineLogs } from "./engineLogs.ts";
import { installPlugins } from "./pluginChoice.ts";
import { recordToolchain } from "./toolchainRecord.ts";
import { mendCheckpoint } from "./checkpoint.ts";
import { recoverInterrupted } from "./recovery.ts";
import { startedBefore } from "../../lib/process/processTable.ts";
import { databaseAdmin } from "../services/postgres/postgres.ts";
import { githubOrganization, githubUrl } from "../services/nodeService.ts";
import { application, applicationUrl } from "../services/application/services.ts";
import { repositoryUrl } from "../services/argocd/repository.ts";
import { allServices, isOnDemand } from "../services/catalogue.ts";
import type { Service } from "../services/service.ts";
import { startServices, stopServices } from "../services/start.ts";
import { serviceContext, type Sandbox, toolchainFor } from "../place/sandbox.ts";
import { writeStackFile } from "./stackFile.ts";
import { type SandboxServices, stackSettings } from "./stackSettings.ts";
import { vacuumOwnServer } from "../services/postgres/vacuum.ts";

export interface SandboxOperation {
  readonly operation: Operation;
  readonly expectNoChanges: boolean;
  readonly refreshFirst: boolean;
  readonly allowStandIns: boolean;
  readonly interruption: Interruption;
  readonly say: (line: string) => void;
  readonly report: (report: OperationReport) => void;
}

/** Starts what is missing and runs one Pulumi operation; the exit code is the operation's. */
export async function operateSandbox(sandbox: Sandbox, options: SandboxOperation): Promise<number> {
  const { say, interruption } = options;
  const resolving = await toolchainFor(sandbox, say);
  const servers = await resolving.servers;
  // While the engine may still be on its way.
  await start(sandbox, servers, say);
  writeStackFile(
    sandbox.directory.settings,
    stackSettings(reachedServices(sandbox), (name) => sandbox.credentials.generated(name)),
    sandbox.credentials.passphrase,
  );
  const toolchain = { ...servers, ...(await resolving.engine) };
  recordToolchain(sandbox.directory, toolchain, await installPlugins(sandbox.directory, say));
  leaveOutEngineLogs(sandbox.directory.pulumiHome);
  const strays = await sandbox.supervisor.endStrays(operationRole, 20_000);
  if (strays > 0) say("Ended what an operation that was killed had left running.");
  freeStaleLocks(sandbox, say);
  mendCheckpoint(sandbox.directory, say);
  const request = {
    operation: options.operation,
    stack: stackName,
    stackExists: existsSync(sandbox.directory.checkpoint(stackName)),
    settings: sandbox.directory.settings,
    workspace: sandbox.directory.workspace,
    expectNoChanges: options.expectNoChanges,
    refreshFirst: options.refreshFirst,
    targets: [],
  };
  interruption.operating();
  const interrupted = interruption.signal;
  const context = {
    ...options,
    interrupted,
    directory: sandbox.directory,
    toolchain,
    supervisor: sandbox.supervisor,
  };
  if (options.operation !== "preview") {
    const targets = await recoverInterrupted(sandbox, toolchain, say);
    interrupted.throwIfAborted();
    if (targets.length > 0) {
      const read = { ...request, operation: "refresh" as const, expectNoChanges: false, targets };
      const code = await runOperation(read, context);
      if (code !== 0) return code;
    }
  }
  const begin = new Date();
  const reports: OperationReport[] = [];
  const report = (one: OperationReport) => {
    reports.push(one);
    options.report(one);
  };
  const code = await runOperation(request, { ...context, report });
  // Where the API server is what has ended, the end of the command says so.
  if (code === 1) await removeLostCreates(sandbox, reports, begin, say).catch(() => undefined);
  if (options.operation === "up") await vacuumOwnServer(sandbox, reports).catch(() => undefined);
  return code;
}

async function start(sandbox: Sandbox, toolchain: ServerTools, say: (line: string) => void): Promise<void> {
  const { directory, credentials, ports, supervisor, services } = sandbox;
  await ensureCertificates(directory);
  const context = serviceContext(sandbox, toolchain);
  const begin = Date.now();
  const running = services.filter((service) => supervisor.find(service.name)).length;
  if (running < services.length)
    say(`Starting ${String(services.length - running)} of ${String(services.length)} services…`);
  // Services that were chosen before and are not chosen now would work against the others.
  await stopServices(
    allServices.filter(
      (service) => !services.includes(service) && !isOnDemand(service) && supervisor.wasStarted(service.name),
    ),
    supervisor,
  );
  const [first, later] = [false, true].map((needs) =>
    services.filter(({ needsSurroundings = false }) => needsSurroundings === needs),
  ) as [Service[], Service[]];
  const started = await startServices(first, context, supervisor, ports, say);
  let written = 0;
  if (credentials.existing.kubeconfig === undefined) {
    written = await prepareCluster(directory, {
      ports: { apiServer: context.port("kube-apiserver"), kwok: context.port("kwok") },
      crds: toolchain.crds,
      credentials,
      realArgoCd: toolchain.argocd !== undefined,
    });
  }
  started.push(...(await startServices(later, context, supervisor, ports, say)));
  if (started.length > 0 || written > 0) {
    const objects =
      written > 0
        ? `, ${String(written)} objects of the surroundings (CRDs, node, volumes, namespaces) installed`
        : "";
    say(
      `Services ready after ${((Date.now() - begin) / 1000).toFixed(1)} s: ${started.join(", ") || "all ran"}${objects}.`,
    );
  }
  const own = (service: string, value: string) =>
    services.some(({ name }) => name === service) ? [value] : [];
  const at = (service: string) => `127.0.0.1:${String(ports.remembered(service) ?? 0)}`;
  writeJson(directory.targets, {
    kubernetes: own("kube-apiserver", `https://${at("kube-apiserver")}`),
    postgresql: own("postgres", at("postgres")),
    github: own("github", `http://${at("github")}`),
  });
}

/** The addresses of cluster, database and GitHub for the program: the sandbox's own, or those of the person. */
export function reachedServices(sandbox: Sandbox): SandboxServices {
  const { existing, databasePassword, githubToken } = sandbox.credentials;
  const port = (service: string) => sandbox.ports.remembered(service) ?? 0;
  const hasReleases = sandbox.services.includes(application);
  const url = existing.databaseUrl === undefined ? undefined : new URL(existing.databaseUrl);
  return {
    kubeconfig: existing.kubeconfig?.path ?? sandbox.directory.kubeconfig,
    context: existing.kubeconfig?.context ?? sandboxContext,
    database: url
      ? {
          host: url.hostname,
          port: Number(url.port || 5432),
          user: decodeURIComponent(url.username),
          password: decodeURIComponent(url.password),
          sslMode: url.searchParams.get("sslmode") ?? "disable",
          ...(url.pathname.length > 1 ? { name: decodeURIComponent(url.pathname.slice(1)) } : {}),
        }
      : { host: "127.0.0.1", port: port("postgres"), user: databaseAdmin, password: databasePassword },
    github: {
      url: existing.github?.url ?? githubUrl(port("github")),
      token: existing.github?.token ?? githubToken,
      organization: githubOrganization,
    },
    ...(existing.kubeconfig === undefined
      ? {
          argocd: {
            repository: hasReleases
              ? applicationUrl(port(application.name))
              : repositoryUrl(sandbox.directory),
            chosen: hasReleases || sandbox.credentials.argocd === "real",
          },
        }
      : {}),
    ...(existing.github === undefined && existing.kubeconfig === undefined
      ? { testAppUrl: `http://127.0.0.1:${String(port("receiver"))}` }
      : {}),
  };
}

/** The file backend's content of a lock (pkg/backend/diy/lock.go). */
interface StackLock {
  readonly pid: number;
  readonly hostname: string;
  readonly timestamp: string;
}

/**
 * Takes away the stack's locks whose process is gone: such a lock would never expire. One that is alive stays. A process
 * that is younger than the lock has only been given the number of the one that took it.
 */
function freeStaleLocks(sandbox: Sandbox, say: (line: string) => void): void {
  const folder = join(sandbox.directory.state, ".pulumi/locks/organization/mesh-six", stackName);
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    // Beside each lock the backend keeps a file of attributes; it means nothing without its lock.
    if (file.endsWith(".attrs")) {
      if (!existsSync(path.slice(0, -".attrs".length))) rmSync(path, { force: true });
      continue;
    }
    const lock = readJson<StackLock>(path);
    if (
      lock === undefined ||
      (lock.hostname === hostname() && !startedBefore(lock.pid, Date.parse(lock.timestamp)))
    ) {
      rmSync(path, { force: true });
      say("Freed the stack's lock, which a killed operation had left.");
    } else {
      throw new Error(
        `The stack is locked by process ${String(lock.pid)} on ${lock.hostname} since ${lock.timestamp}. ` +
          `Wait until it is done, then run the same command again; if it will never be, remove ${path} first.`,
      );
    }
  }
}
