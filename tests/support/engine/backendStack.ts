import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markedProcesses, processMark } from "../../../lib/process/processTable.ts";
import { killHard } from "./killing.ts";
import { execute, type Outcome, type SandboxStatus, stackEnvironment, type TestSandbox } from "./sandbox.ts";

/** A place for Pulumi's state of a stack. */
export interface StateBackend {
  /** As `pulumi login` takes it. */
  readonly url: string;
  /** Further variables that the backend needs. */
  readonly environment?: Readonly<Record<string, string>>;
}

type Command = "up" | "destroy";

/** A command that gets on where an operation was cut off. */
export type Remedy = "pulumi cancel" | "npm run recover";

/**
 * The sandbox's program and services with the stack in a back end of its own, worked on by Pulumi's commands. The
 * sandbox's own stack must be destroyed: both declare the same things.
 */
export class BackendStack {
  readonly #engine: string;
  readonly #environment: NodeJS.ProcessEnv;
  /** Mark of all processes that its commands start: plugins outlive an engine that is killed. */
  readonly #mark: string;

  private constructor(engine: string, environment: NodeJS.ProcessEnv, mark: string) {
    this.#engine = engine;
    this.#environment = { ...environment, [processMark]: mark };
    this.#mark = mark;
  }

  /** Makes the stack there. @param sandbox - with its services started */
  static async create(sandbox: TestSandbox, backend: StateBackend): Promise<BackendStack> {
    const status = await sandbox.status();
    const environment = environmentOf(status, backend);
    // `stack init` writes a settings file beside Pulumi.yaml.
    const folder = mkdtempSync(join(sandbox.directory, "backend-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mesh-six\nruntime: nodejs\n");
    copyFileSync(join(sandbox.directory, "Pulumi.sandbox.yaml"), join(folder, "Pulumi.sandbox.yaml"));
    const init = ["--cwd", folder, "stack", "init", "sandbox", "--secrets-provider", "passphrase"];
    const made = await execute(status.engine.command, [...init, "--non-interactive"], environment);
    assert.equal(made.code, 0, said(made));
    return new BackendStack(status.engine.command, environment, folder);
  }

  /** Ends what killed commands have left running. */
  close(): void {
    for (const { pid } of markedProcesses(this.#mark)) killHard(pid);
  }

  run(command: Command): Promise<Outcome> {
    const [file = "", ...args] = this.#argv(command);
    return execute(file, args, this.#environment);
  }

  /** The same, still running, in a process group of its own. */
  start(command: Command): ChildProcess {
    const [file = "", ...args] = this.#argv(command);
    return spawn(file, args, { env: this.#environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Runs the command, after the commands that it names while it does not end well. @returns those */
  async settled(command: Command): Promise<readonly Remedy[]> {
    const done: Remedy[] = [];
    for (;;) {
      const outcome = await this.run(command);
      if (outcome.code === 0) return done;
      const named = (["pulumi cancel", "npm run recover"] as const).find((one) =>
        said(outcome).includes(one),
      );
      assert.ok(named !== undefined && !done.includes(named), said(outcome));
      done.push(named);
      const remedy =
        named === "pulumi cancel"
          ? await execute(this.#engine, ["cancel", "sandbox", "--yes"], this.#environment)
          : await execute(process.execPath, ["operations/recover.ts", ...ofStack], this.#environment);
      assert.equal(remedy.code, 0, said(remedy));
    }
  }

  /** Without a preview before them. */
  #argv(command: Command): string[] {
    return command === "up"
      ? [
          process.execPath,
          "--disable-warning=ExperimentalWarning",
          "operations/release/apply/up.ts",
          ...ofStack,
        ]
      : [this.#engine, "destroy", ...ofStack, "--yes", "--skip-preview", "--non-interactive"];
  }
}

/** A new database of the sandbox's server. */
export async function postgresBackend(sandbox: TestSandbox): Promise<StateBackend> {
  await sandbox.rows("CREATE DATABASE pulumi_state");
  const url = new URL((await sandbox.status()).databaseUrl);
  url.pathname = "/pulumi_state";
  url.search = "?sslmode=disable";
  return { url: url.href };
}

export const said = ({ stdout, stderr }: Outcome) => `${stdout}\n${stderr}`;

const ofStack = ["--stack", "sandbox"];

function environmentOf(status: SandboxStatus, backend: StateBackend): NodeJS.ProcessEnv {
  return {
    ...stackEnvironment(status),
    ...backend.environment,
    PULUMI_BACKEND_URL: backend.url,
    MESH_SIX_ROOT: process.cwd(),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
