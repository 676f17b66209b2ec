import { readCommandLine, suggestion, UsageError } from "../../lib/cli/commandLine.ts";

export const commands = [
  "up",
  "preview",
  "refresh",
  "destroy",
  "status",
  "logs",
  "down",
  "reset",
  "smoke",
  "e2e",
  "release",
] as const;
export type Command = (typeof commands)[number];

const options = {
  json: { type: "boolean" },
  verbose: { type: "boolean" },
  follow: { type: "boolean", short: "f" },
  refresh: { type: "boolean" },
  "show-secrets": { type: "boolean" },
  "expect-no-changes": { type: "boolean" },
  "allow-stand-ins": { type: "boolean" },
  directory: { type: "string" },
  kubeconfig: { type: "string" },
  context: { type: "string" },
  "database-url": { type: "string" },
  "github-url": { type: "string" },
  argocd: { type: "string" },
  fault: { type: "string", multiple: true },
  pace: { type: "string" },
} as const;

/** The command line, read. */
export interface Arguments {
  readonly command: Command;
  /**
   * The words after the command: a service's name for `logs`, the arguments of the suite for `smoke` and `e2e`, or
   * the release.
   */
  readonly operands: readonly string[];
  readonly flags: NonNullable<ReturnType<typeof read>>["values"];
}

export const usage = `usage: npm run sandbox [-- COMMAND] [OPTIONS]

Commands
  up        start what is missing and converge the program (the default)
  preview   show what up would change
  refresh   read every resource as it really is, show and record the drift
  destroy   remove what the program made; the services stay
  status    services, addresses, and the lines for plain "pulumi" in this folder
  logs      the services' logs: logs [SERVICE] [--follow]
  down      stop the services; everything is kept
  reset     down, then remove the sandbox's directory
  smoke     up, then the smoke tests against a small simulated mesh-six
  e2e       up, then the end-to-end test against it; what follows a further -- goes to the tests
  release   up, then a release of a small application of 22 services: release NEXT (three services changed),
            BAD (the smoke tests fail, it goes back by itself), PREVIOUS (back to the one before); each
            writes a page that shows when each part was

Options
  --json                 one JSON document on stdout, all else on stderr
  --directory DIR        another sandbox than .sandbox; several can run side by side
  --refresh              up, preview: first read every resource as it really is, so that drift is put right
  --expect-no-changes    fail when anything changes (or would)
  --show-secrets         status: print URLs with their passwords
  --verbose              also print unchanged resources and notes
  --kubeconfig FILE      use this cluster instead of an own one [--context NAME]
  --database-url URL     use this PostgreSQL server (password in the URL or in PGPASSWORD)
  --github-url URL       use this GitHub (token in GITHUB_TOKEN)
  --argocd real          run the real Argo CD in the sandbox's cluster instead of a stand-in; the first time it is
                         downloaded or built, which takes about 8 minutes on 2 cores ("stand-in" goes back)
  --fault NAME           smoke, e2e: what is to be wrong with the simulated mesh-six; repeatable,
                         "list" prints the names
  --pace SECONDS         e2e: how long a card stays in each column at least (2); the test's own limits are
                         a twentieth of production's, unless --timeouts-divided-by is given after --
  --allow-stand-ins      let the stand-in plugins work on such existing services
  --help

What you bring by --kubeconfig, --database-url or --github-url is remembered for the sandbox; give "own" to
return to the sandbox's own service. Change to another one after destroy, while the stack has no resources.
--argocd is remembered as well.
`;

const read = (args: readonly string[]) => readCommandLine(options, { args, operands: true });

/** @returns undefined where it asks for help @throws UsageError with the nearest right name */
export function readArguments(argv: readonly string[]): Arguments | undefined {
  const line = read(argv);
  if (line === undefined) return undefined;
  const { values } = line;
  const [command = "up", ...operands] = line.operands;
  if (!isCommand(command))
    throw new UsageError(`There is no command "${command}"${suggestion(command, commands)}`);
  if (operands.length > 0 && !["logs", "smoke", "e2e", "release"].includes(command))
    throw new UsageError(`${command} takes no argument: "${operands.join(" ")}"`);
  if ((values.fault ?? values.pace) !== undefined && command !== "smoke" && command !== "e2e")
    throw new UsageError("--fault and --pace go with smoke and e2e.");
  if (values.directory === "") throw new UsageError("--directory names no folder.");
  if (values.context !== undefined && values.kubeconfig === undefined)
    throw new UsageError("--context goes with --kubeconfig.");
  return { command, operands, flags: values };
}

function isCommand(name: string): name is Command {
  return (commands as readonly string[]).includes(name);
}
