import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { STAND_INS, standInDirectory } from "../../../sandbox/plugins/install.ts";
import { execute, type SandboxStatus } from "./sandbox.ts";

export interface Run {
  readonly succeeded: boolean;
  /** The engine's output, with the differences of each resource. */
  readonly output: string;
}

/** The real engine with the stand-ins, on programs of the tests' own, state in a temporary folder. */
export class Engine {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(directory: string, environment: NodeJS.ProcessEnv) {
    this.#directory = directory;
    this.#environment = environment;
  }

  /** @param status - the sandbox whose engine is used and whose services the stand-ins may use */
  static async create(
    status: Pick<SandboxStatus, "kubeconfig"> & { readonly engine: { readonly command: string } },
    sandbox: string,
  ): Promise<Engine> {
    const directory = await mkdtemp(path.join(tmpdir(), "mesh-six-engine-"));
    for (const folder of ["state", "work"]) await mkdir(path.join(directory, folder));
    return new Engine(directory, {
      ...process.env,
      PATH: [path.dirname(status.engine.command), process.env["PATH"]].join(path.delimiter),
      PULUMI_HOME: await standInDirectory(STAND_INS, path.join(directory, "home")),
      PULUMI_BACKEND_URL: `file://${directory}/state`,
      PULUMI_CONFIG_PASSPHRASE: "for-tests",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      MESH_SIX_SANDBOX: path.join(sandbox, "targets.json"),
      KUBECONFIG: status.kubeconfig,
    });
  }

  /** Runs `up`, `preview`, `refresh` or `destroy` of a program in tests/support/programs on a stack of this name. */
  async run(
    operation: string,
    program: string,
    stack: string,
    environment: Record<string, string> = {},
  ): Promise<Run> {
    const worker = fileURLToPath(new URL("operation.ts", import.meta.url));
    const module = new URL(`../programs/${program}.ts`, import.meta.url).href;
    const args = [worker, operation, module, stack, path.join(this.#directory, "work")];
    const { code, stdout, stderr } = await execute(process.execPath, args, {
      ...this.#environment,
      ...environment,
    });
    return { succeeded: code === 0, output: `${stdout}${stderr}` };
  }

  /** The state file as it is on disk: what is secret has to be encrypted in it. */
  state(stack: string): Promise<string> {
    return readFile(path.join(this.#directory, `state/.pulumi/stacks/stand-ins/${stack}.json`), "utf8");
  }

  close(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}
