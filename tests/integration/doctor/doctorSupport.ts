/** Doctor, run as a person runs it, on a sandbox of which one thing is amiss. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { parse, stringify } from "yaml";
import type { Line } from "../../../operations/doctor/examination.ts";
import { execute, type Outcome, type SandboxStatus, type TestSandbox } from "../../support/engine/sandbox.ts";

const root = join(import.meta.dirname, "../../..");

/** The stack's settings, as its file has them. */
export type Config = Record<string, unknown>;

/** The parts that a defect can change without touching the sandbox. */
export interface Changes {
  /** Changes the settings in place, by their full keys. */
  readonly settings?: (config: Config) => void;
  /** Secret settings, by their full keys. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
}

/** One thing that is amiss, and the one check that must say so. */
export interface Defect {
  readonly what: string;
  readonly check: string;
  /** Words of the detail, and of the remedy after an arrow. */
  readonly says: RegExp;
  readonly plant: () => Promise<Changes> | Changes;
  readonly heal?: () => Promise<unknown>;
}

/** Settings by their names, and secret ones by their full keys. */
export function set(settings: Config, secrets: Readonly<Record<string, string>> = {}): Changes {
  return {
    settings: (config) => {
      for (const [name, value] of Object.entries(settings)) config[`mesh-six:${name}`] = value;
    },
    secrets,
  };
}

/** A folder of its own, in which settings and overlays are changed. */
export class Patient {
  readonly folder: string;
  readonly status: SandboxStatus;
  readonly #sandbox: TestSandbox;

  private constructor(sandbox: TestSandbox, folder: string, status: SandboxStatus) {
    this.#sandbox = sandbox;
    this.folder = folder;
    this.status = status;
  }

  static async of(sandbox: TestSandbox): Promise<Patient> {
    return new Patient(sandbox, await mkdtemp(join(tmpdir(), "mesh-six-doctor-")), await sandbox.status());
  }

  /** Doctor's lines, and how it ended. */
  async examine(changes: Changes = {}): Promise<{ lines: Line[]; code: number; text: string }> {
    const { code, stdout, stderr } = await this.run([...(changes.arguments ?? []), "--json"], changes);
    try {
      return { lines: JSON.parse(stdout) as Line[], code, text: stdout };
    } catch {
      throw new Error(`doctor exited ${code} and said:\n${stdout}\n${stderr}`);
    }
  }

  async run(args: readonly string[], changes: Changes = {}): Promise<Outcome> {
    const environment = await this.#environment(changes);
    const file = join(root, "operations/doctor.ts");
    const argv = ["--disable-warning=ExperimentalWarning", file, "--stack", "sandbox", ...args];
    return execute(process.execPath, argv, { ...environment, ...changes.environment });
  }

  /** A copy of the sandbox's overlay with one text replaced by another. */
  async overlay(file: string, from: string, to: string): Promise<string> {
    const folder = await mkdtemp(join(this.folder, "overlay-"));
    await cp(join(root, "sandbox/emulators/argocd/overlay"), folder, { recursive: true });
    const text = await readFile(join(folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} of the sandbox's overlay has no ${from}`);
    await writeFile(join(folder, file), text.replace(from, to));
    return folder;
  }

  /** Path of a file with that text. */
  async file(name: string, text: string): Promise<string> {
    const path = join(await mkdtemp(join(this.folder, "file-")), name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** A folder with a program that says one line, to be put first on PATH. */
  async program(name: string, says: string): Promise<string> {
    const folder = await mkdtemp(join(this.folder, "bin-"));
    await writeFile(join(folder, name), `#!/bin/sh\necho ${says}\n`, { mode: 0o755 });
    return [folder, ...this.status.environment.PATH, process.env["PATH"] ?? ""].join(delimiter);
  }

  /** Path of a kubeconfig for the sandbox's cluster, with other words in it. */
  async kubeconfig(change: (config: Config) => void): Promise<string> {
    const config = parse(await readFile(this.status.kubeconfig, "utf8")) as Config;
    change(config);
    return this.file("config", stringify(config));
  }

  /** Path of a kubeconfig for a user of the cluster who may do just that. */
  async user(name: string, rules: readonly object[]): Promise<string> {
    const group = "rbac.authorization.k8s.io";
    const role = { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name }, rules };
    const roleRef = { apiGroup: group, kind: "ClusterRole", name };
    const subjects = [{ kind: "ServiceAccount", name, namespace: "default" }];
    const binding = { ...role, kind: "ClusterRoleBinding", rules: undefined, roleRef, subjects };
    await this.#sandbox.kubectl("create", "serviceaccount", name, "-n", "default");
    for (const object of [role, binding])
      await this.#sandbox.kubectl("apply", "-f", await this.file("object.json", JSON.stringify(object)));
    const token = (await this.#sandbox.kubectl("create", "token", name, "-n", "default")).trim();
    return this.kubeconfig((config) => {
      for (const one of config["users"] as { user: Config }[]) one.user = { token };
    });
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #environment({ settings, secrets = {} }: Changes): Promise<NodeJS.ProcessEnv> {
    const { PATH, ...stack } = this.status.environment;
    const environment = {
      ...process.env,
      ...stack,
      PATH: [...PATH, process.env["PATH"] ?? ""].join(delimiter),
    };
    if (settings === undefined && Object.keys(secrets).length === 0) return environment;
    const copy = join(await mkdtemp(join(this.folder, "settings-")), "Pulumi.sandbox.yaml");
    const file = parse(await readFile(join(this.#sandbox.directory, "Pulumi.sandbox.yaml"), "utf8")) as {
      config: Config;
    };
    settings?.(file.config);
    await writeFile(copy, stringify(file), { mode: 0o600 });
    const changed = { ...environment, PULUMI_OPTION_CONFIG_FILE: copy };
    for (const [key, value] of Object.entries(secrets)) await this.#setSecret(key, value, changed);
    return changed;
  }

  /** By standard input, as a person should. */
  #setSecret(key: string, value: string, env: NodeJS.ProcessEnv): Promise<void> {
    const args = ["config", "set", "--secret", key, "--stack", "sandbox", "--non-interactive"];
    return new Promise((resolve, reject) => {
      const child = execFile(this.status.engine.command, args, { cwd: root, env }, (error, _, stderr) => {
        if (error === null) resolve();
        else reject(new Error(stderr, { cause: error }));
      });
      child.stdin?.end(value);
    });
  }
}

/** Doctor's lines on the objects that a sandbox's stack takes over, by their names. */
export async function linesOnAdoption(sandbox: TestSandbox): Promise<Map<string, Line>> {
  const patient = await Patient.of(sandbox);
  try {
    const { lines } = await patient.examine();
    return new Map(
      lines.filter(({ check }) => check.startsWith("adoption")).map((line) => [line.check, line]),
    );
  } finally {
    await patient.close();
  }
}
