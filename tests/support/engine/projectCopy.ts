import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Outcome, SandboxStatus } from "./sandbox.ts";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Everything the program and the operations consist of. */
const parts = [
  ...["components", "images", "lib", "migrations", "operations", "policies", "preflight", "providers"],
  ...["settings", "templates", "tests/live", "tests/smoke", "toolchain"],
  ...["Pulumi.yaml", "index.ts", "package-lock.json", "package.json"],
];

/** A copy of the project that a test may change, as a pull request does, working on a sandbox's stack. */
export class ProjectCopy {
  readonly directory: string;
  readonly #status: SandboxStatus;

  private constructor(directory: string, status: SandboxStatus) {
    this.directory = directory;
    this.#status = status;
  }

  static async create(status: SandboxStatus): Promise<ProjectCopy> {
    const directory = await mkdtemp(join(tmpdir(), "mesh-six-project-"));
    for (const part of parts) await cp(join(root, part), join(directory, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(directory, "node_modules"));
    return new ProjectCopy(directory, status);
  }

  write(file: string, content: string): Promise<void> {
    return writeFile(join(this.directory, file), content);
  }

  remove(file: string): Promise<void> {
    return rm(join(this.directory, file));
  }

  /** `npm run preview` or `npm run drift` on the sandbox's stack, without npm. */
  operate(operation: "preview" | "drift", ...args: string[]): Promise<Outcome> {
    const script = join(this.directory, "operations", `${operation}.ts`);
    const argv = ["--disable-warning=ExperimentalWarning", script, "--stack", "sandbox", ...args];
    return this.run(process.execPath, argv);
  }

  /** Plain Pulumi. */
  pulumi(...args: string[]): Promise<Outcome> {
    return this.run(this.#status.engine.command, [...args, "--non-interactive", "--color=never"]);
  }

  /** Another program of its own stack, with the policies and plugins of this one. */
  async violating(program: string): Promise<Outcome> {
    const folder = join(this.directory, "violating");
    await mkdir(join(folder, "state"), { recursive: true });
    const files = {
      "Pulumi.yaml":
        "name: violating\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
      "package.json": '{ "name": "violating", "type": "module" }',
      "index.ts": program,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const own = {
      PULUMI_BACKEND_URL: `file://${folder}/state`,
      PULUMI_CONFIG_PASSPHRASE: "for-tests",
      PULUMI_STACK: "violating",
      PULUMI_OPTION_CONFIG_FILE: join(folder, "Pulumi.violating.yaml"),
    };
    const pulumi = (...args: string[]) =>
      this.run(this.#status.engine.command, [...args, "--non-interactive", "--color=never"], folder, own);
    const made = await pulumi("stack", "init", "violating");
    if (made.code !== 0) throw new Error(made.stderr);
    return pulumi("preview", "--policy-pack", join(this.directory, "policies"));
  }

  close(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }

  run(
    command: string,
    args: readonly string[],
    cwd = this.directory,
    more: Record<string, string> = {},
  ): Promise<Outcome> {
    const { PATH: folders, ...environment } = this.#status.environment;
    const env = {
      ...process.env,
      ...(environment as Record<string, string>),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      GITHUB_TOKEN: this.#status.githubToken,
      GITHUB_API_URL: `${this.#status.githubUrl}/api/v3`,
      PATH: [...folders, process.env["PATH"] ?? ""].join(delimiter),
      ...more,
    };
    return new Promise((resolve) => {
      execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
    });
  }
}

/** A program that breaks every policy. */
export const violatingProgram = (github: string) => `
import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";

const cluster = new k8s.Provider("files", { renderYamlToDirectory: "out" });
const metadata = { namespace: "mesh-six" };
const labels = { app: "root" };
const env = [{ name: "DB_PASSWORD", value: "hunter2-in-plain" }];
const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx", env }] } };
new k8s.apps.v1.Deployment("root", { metadata, spec: { selector: { matchLabels: labels }, template } }, { provider: cluster });
const copy = new k8s.core.v1.ConfigMap("copy", { metadata, data: { motto: "s3cret-copied-4711" } }, { provider: cluster });
new k8s.core.v1.Secret("own", { metadata, stringData: { a: pulumi.secret("s3cret-copied-4711") } }, { provider: cluster, dependsOn: copy });
const hub = new github.Provider("hub", { baseUrl: "${github}/", owner: "bto-labs", token: pulumi.secret(process.env.GITHUB_TOKEN) });
const configuration = { url: "http://hooks.example/", contentType: "json", insecureSsl: true };
new github.OrganizationWebhook("open", { events: ["projects_v2_item"], configuration }, { provider: hub });
const server = new postgresql.Provider("server", { host: "127.0.0.1", port: 9, username: "x", password: pulumi.secret("none") });
new postgresql.Database("unprotected", { name: "unprotected" }, { provider: server });
`;
