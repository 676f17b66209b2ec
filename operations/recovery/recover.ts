import { spawn } from "node:child_process";
import { KubeConfig } from "@kubernetes/client-node";
import { GitHub } from "../../providers/github.ts";
import { leftBehind, type Services } from "./find.ts";
import { type Deployment, pendingCreates, type Recovered, settle } from "./pending.ts";

/** How Pulumi is called: with the environment and folder of the stack. */
export interface PulumiCall {
  readonly command: string;
  readonly folder: string;
  readonly stack: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Settles the creates that a killed run left under way, so that the next one makes nothing twice and finds nothing
 * in its way: looks on the services for what each has left behind, and makes it a resource of the stack.
 *
 * @returns what was settled; those with an id are to be refreshed before anything else
 */
export async function recover(pulumi: PulumiCall): Promise<readonly Recovered[]> {
  const exported = JSON.parse(await run(pulumi, ["stack", "export"])) as Deployment;
  const pending = pendingCreates(exported);
  if (pending.length === 0) return [];
  const services = await servicesOf(pulumi);
  const recovered: Recovered[] = [];
  for (const resource of pending) recovered.push({ resource, id: await leftBehind(services, resource) });
  await run(pulumi, ["stack", "import"], JSON.stringify(settle(exported, recovered)));
  return recovered;
}

/** The addresses of the services, as the stack's settings give them. */
async function servicesOf(pulumi: PulumiCall): Promise<Services> {
  const config = JSON.parse(await run(pulumi, ["config", "--show-secrets", "--json"])) as Record<
    string,
    { readonly value?: string } | undefined
  >;
  const setting = (name: string) => config[`mesh-six:${name}`]?.value ?? "";
  const cluster = new KubeConfig();
  const kubeconfig = setting("kubeconfig");
  if (kubeconfig === "") cluster.loadFromDefault();
  else if (kubeconfig.includes("\n")) cluster.loadFromString(kubeconfig);
  else cluster.loadFromFile(kubeconfig);
  if (setting("kubeContext") !== "") cluster.setCurrentContext(setting("kubeContext"));
  return {
    github: new GitHub({ baseUrl: setting("githubBaseUrl"), token: setting("githubToken") }),
    organization: setting("githubOrganization") || "bto-labs",
    cluster,
  };
}

/** Runs Pulumi; what is given to it goes by standard input, never by an argument or a file. */
function run({ command, folder, stack, environment }: PulumiCall, args: readonly string[], input = "") {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(command, [...args, "--stack", stack, "--non-interactive"], {
      cwd: folder,
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(new Error(`pulumi ${args.join(" ")}: ${Buffer.concat(errors).toString().trim()}`));
    });
    child.stdin.end(input);
  });
}
