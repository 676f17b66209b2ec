import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { processStart } from "../../../lib/process/processStart.mjs";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The output of `status --json`, as far as tests read it. */
export interface SandboxStatus {
  readonly running: boolean;
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: string;
  readonly databaseUrl: string;
  readonly githubUrl: string;
  readonly githubToken: string;
  readonly backendUrl: string;
  readonly passphrase: string;
  readonly engine: { readonly command: string; readonly version: string };
  readonly languageHost: string | null;
  readonly plugins: Readonly<Record<string, "official" | "built" | "stand-in">>;
  readonly environment: Readonly<Record<string, string>> & { readonly PATH: readonly string[] };
  readonly pids: Readonly<Record<string, number>>;
  readonly services: Readonly<Record<string, { pid?: number; port?: number; memory?: number }>>;
}

/** The output of an operation with `--json`. */
export interface OperationDocument {
  readonly succeeded: boolean;
  readonly changes: Readonly<Record<string, number>>;
  readonly steps: readonly { operation: string; type: string; name: string; changes: string[] }[];
  readonly diagnostics: readonly { severity: string; resource?: string; message: string }[];
  readonly failure?: string;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox in a temporary folder, driven by its command line as a person drives it. */
export class TestSandbox {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<TestSandbox> {
    return new TestSandbox(await mkdtemp(join(tmpdir(), "mesh-six-sandbox-")));
  }

  /** `npm run sandbox -- ARGUMENTS`, without npm; MESH_SIX_ARGOCD says which Argo CD runs in it. */
  run(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
    return execute(process.execPath, this.#argv(args), { ...process.env, ...environment });
  }

  /** The same, still running: for tests that end it or run another beside it. */
  start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, this.#argv(args), { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** An operation that must succeed. */
  async operate(...args: string[]): Promise<OperationDocument> {
    const outcome = await this.run([...args, "--json"]);
    if (outcome.code !== 0)
      throw new Error(`${args.join(" ")} exited ${outcome.code}:\n${outcome.stdout}\n${outcome.stderr}`);
    return JSON.parse(outcome.stdout) as OperationDocument;
  }

  /** One of the project's commands on the sandbox's stack, as a person runs it. */
  async command(name: string, ...args: string[]): Promise<Outcome> {
    const argv = ["--disable-warning=ExperimentalWarning", join(root, `operations/${name}.ts`)];
    const environment = stackEnvironment(await this.status());
    return execute(process.execPath, [...argv, "--stack", "sandbox", ...args], environment);
  }

  /** One of Pulumi's own commands on the sandbox's stack. @returns what it prints */
  async pulumi(...args: string[]): Promise<string> {
    const status = await this.status();
    const outcome = await execute(status.engine.command, args, stackEnvironment(status));
    if (outcome.code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${outcome.stderr}`);
    return outcome.stdout;
  }

  async status(): Promise<SandboxStatus> {
    return JSON.parse((await this.run(["status", "--json", "--show-secrets"])).stdout) as SandboxStatus;
  }

  async kubectl(...args: string[]): Promise<string> {
    const { kubectl, kubeconfig } = await this.status();
    const outcome = await execute(kubectl, ["--kubeconfig", kubeconfig, ...args], process.env);
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${outcome.stderr}`);
    return outcome.stdout;
  }

  /** One object of the cluster. */
  async object(...args: string[]): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl("get", ...args, "-o", "json")) as KubernetesObject;
  }

  /** Rows by the administrator, in the program's database. */
  async rows<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: (await this.status()).databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Stops the services and removes the folder. */
  async close(): Promise<void> {
    await this.run(["down"]);
    await rm(this.directory, { recursive: true, force: true });
  }

  #argv(args: readonly string[]): string[] {
    const cli = join(root, "sandbox/cli/main.ts");
    const argocd = process.env["MESH_SIX_ARGOCD"];
    const choice = argocd === undefined ? [] : ["--argocd", argocd];
    return ["--disable-warning=ExperimentalWarning", cli, "--directory", this.directory, ...choice, ...args];
  }
}

export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Record<string, string>;
  };
  readonly spec?: unknown;
  readonly data?: Record<string, string>;
  readonly items?: KubernetesObject[];
}

/** Whether a process of that number is there; one that has ended and is not yet buried does not count. */
export function isAlive(pid: number): boolean {
  return processStart(pid) !== undefined;
}

/** The resources that an operation makes, deletes or replaces; plugins that no resource names aside. */
export function madeOrGone({ steps }: OperationDocument): string[] {
  return steps
    .filter(({ operation }) => !["update", "same", "refresh", "read"].includes(operation))
    .filter(({ type, name }) => !(type.startsWith("pulumi:providers:") && name.startsWith("default")))
    .map(({ operation, type, name }) => `${operation} ${type} ${name}`);
}

/** This process's environment with that by which commands work on the sandbox's stack. */
export function stackEnvironment({ environment }: SandboxStatus): NodeJS.ProcessEnv {
  const { PATH, ...variables } = environment;
  return { ...process.env, ...variables, PATH: [...PATH, process.env["PATH"] ?? ""].join(delimiter) };
}

/** Runs a command to its end, or until the signal ends it. */
export function execute(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Outcome> {
  const options = { cwd: root, env, maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}
