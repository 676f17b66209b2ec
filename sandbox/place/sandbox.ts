import { existsSync } from "node:fs";
import { startResolving, type Resolving, type ServerTools } from "../../toolchain/resolve.ts";
import { CredentialStore } from "./credentials.ts";
import { prepareDirectory, type SandboxDirectory } from "./directory.ts";
import { Ports } from "./ports.ts";
import { applicationRepository } from "../services/application/services.ts";
import { ownServices } from "../services/catalogue.ts";
import type { Service, ServiceContext } from "../services/service.ts";
import { Supervisor } from "../services/supervisor.ts";

/** The surroundings of every command: one sandbox directory and all that is known about it. */
export interface Sandbox {
  readonly directory: SandboxDirectory;
  readonly credentials: CredentialStore;
  readonly ports: Ports;
  readonly supervisor: Supervisor;
  readonly services: readonly Service[];
}

/** Opens the sandbox, making its folders and credentials at the first time. */
export function openSandbox(directory: SandboxDirectory): Sandbox {
  prepareDirectory(directory);
  const credentials = new CredentialStore(directory);
  return {
    directory,
    credentials,
    ports: new Ports(directory),
    supervisor: new Supervisor(directory),
    services: ownServices(
      credentials.existing,
      credentials.argocd,
      existsSync(applicationRepository(directory)),
    ),
  };
}

/** The surroundings of the services at their start. */
export function serviceContext(sandbox: Sandbox, toolchain: ServerTools): ServiceContext {
  return {
    directory: sandbox.directory,
    toolchain,
    credentials: sandbox.credentials,
    port(service) {
      const port = sandbox.ports.remembered(service);
      if (port === undefined) throw new Error(`${service} has no port yet: run "npm run sandbox" first.`);
      return port;
    },
  };
}

/** Finds or starts to make the toolchain; its progress goes where the command's lines go. */
export function toolchainFor({ credentials }: Sandbox, say: (line: string) => void): Promise<Resolving> {
  const argocd = credentials.argocd === "real" && credentials.existing.kubeconfig === undefined;
  return startResolving({ progress: say, argocd });
}
