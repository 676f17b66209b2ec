import { accessSync, constants, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder: where Pulumi.yaml and index.ts lie. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The Pulumi project's name, part of every resource's name in the state. */
export const projectName = "mesh-six";

/** Every path of one sandbox. All of it lies below `root`, so that several sandboxes can run side by side. */
export interface SandboxDirectory {
  readonly root: string;
  /** Everything generated that opens a door; mode 0600. */
  readonly credentials: string;
  readonly kubeconfig: string;
  /** The login of the sandbox's registry, as docker login writes it; mode 0600. */
  readonly registryLogin: string;
  /** Holds the stack's passphrase for PULUMI_CONFIG_PASSPHRASE_FILE; mode 0600. */
  readonly passphrase: string;
  /** The stack's settings file (`--config-file`). */
  readonly settings: string;
  /** Pulumi's file backend. */
  readonly state: string;
  /** The file in `state` that holds the stack of that name. */
  checkpoint(stack: string): string;
  /** A folder to make the stack from. */
  readonly workspace: string;
  /** PULUMI_HOME of the sandbox's own operations, so that no one's selected stack changes. */
  readonly pulumiHome: string;
  readonly ports: string;
  /** An empty file: this folder is a sandbox. */
  readonly mark: string;
  /** Names the command that changes the sandbox at the moment. */
  readonly lock: string;
  readonly certificates: string;
  /** The tools of the last operation. */
  readonly toolchain: string;
  /** Links to programs, for a person to call. */
  readonly programs: string;
  readonly logs: string;
  readonly records: string;
  /** The servers that the stand-in plugins are allowed to touch (they read the file through MESH_SIX_SANDBOX). */
  readonly targets: string;
  /** The lasting data of one service. */
  data(service: string): string;
  log(name: string): string;
  record(service: string): string;
}

/** The paths of the sandbox below `path` (default `.sandbox` in the project); creates nothing. */
export function sandboxDirectory(path = join(projectRoot, ".sandbox")): SandboxDirectory {
  const root = resolve(path);
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    root,
    credentials: at("credentials.json"),
    kubeconfig: at("kubeconfig"),
    registryLogin: at("registry-login.json"),
    passphrase: at("passphrase"),
    settings: at("Pulumi.sandbox.yaml"),
    state: at("state"),
    checkpoint: (stack) => at("state/.pulumi/stacks", projectName, `${stack}.json`),
    workspace: at("workspace"),
    pulumiHome: at("pulumi"),
    ports: at("ports.json"),
    mark: at("mesh-six-sandbox"),
    lock: at("lock"),
    certificates: at("certificates"),
    toolchain: at("toolchain.json"),
    programs: at("bin"),
    logs: at("logs"),
    records: at("processes"),
    targets: at("targets.json"),
    data: (service) => at("data", service),
    log: (name) => at("logs", `${name}.log`),
    record: (service) => at("processes", `${service}.json`),
  };
}

/**
 * Forgets a PULUMI_HOME that is a sandbox's, as the lines of `status` for plain pulumi set it: what lies there was laid
 * out by a start, and the next one would take its own stand-ins for official plugins.
 */
export function leaveSandboxHome(environment: NodeJS.ProcessEnv): void {
  const { MESH_SIX_SANDBOX: targets, PULUMI_HOME: home } = environment;
  if (targets === undefined || home === undefined) return;
  if (resolve(home) === sandboxDirectory(dirname(targets)).pulumiHome) delete environment["PULUMI_HOME"];
}

/**
 * Makes the folders that hold no service's own data.
 * @throws where something else than a sandbox lies: `reset` would remove it
 */
export function prepareDirectory(directory: SandboxDirectory): void {
  refuseForeign(directory);
  for (const path of emptyFolders(directory)) mkdirSync(path, { recursive: true, mode: 0o700 });
  accessSync(directory.root, constants.W_OK);
  if (!existsSync(directory.mark)) writeFileSync(directory.mark, "");
}

function emptyFolders({ root, logs, records, state, certificates }: SandboxDirectory): string[] {
  return [root, logs, records, state, certificates];
}

function refuseForeign(directory: SandboxDirectory): void {
  if (!existsSync(directory.root) || existsSync(directory.mark)) return;
  const names = readdirSync(directory.root);
  // Sandboxes of version 0.1.0 have this file for a mark.
  if (names.includes("lock.db")) return;
  // A start that was killed at its beginning, or a reset at its end, leaves no more than these.
  const ours = [...emptyFolders(directory), directory.lock].map((path) => basename(path));
  const foreign = names.find((name) => !ours.includes(name.split(".")[0] ?? name));
  if (foreign === undefined) return;
  throw new Error(
    `${directory.root} is no sandbox: it holds ${foreign}. Name an empty or a new folder by --directory.`,
  );
}
