import { parseArgs } from "node:util";

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
] as const;
export type Command = (typeof commands)[number];

/** A wrong command line: said in one line, exit code 2. */
export class UsageError extends Error {}

const options = {
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
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
  /** What follows the command: a service's name for `logs`, what the suite is given for `smoke` and `e2e`. */
  readonly operands: readonly string[];
  readonly flags: ReturnType<typeof parse>["values"];
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
return to the sandbox's own service. --argocd is remembered as well.`;

/** @throws UsageError with the nearest right name */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  const [command = "up", ...operands] = positionals;
  if (!isCommand(command))
    throw new UsageError(`There is no command "${command}"${suggestion(command, commands)}. See --help.`);
  if (operands.length > 0 && !["logs", "smoke", "e2e"].includes(command))
    throw new UsageError(`${command} takes no argument: "${operands.join(" ")}". See --help.`);
  if ((values.fault ?? values.pace) !== undefined && command !== "smoke" && command !== "e2e")
    throw new UsageError("--fault and --pace go with smoke and e2e.");
  if (values.directory === "") throw new UsageError("--directory names no folder.");
  if (values.context !== undefined && values.kubeconfig === undefined)
    throw new UsageError("--context goes with --kubeconfig.");
  return { command, operands, flags: values };
}

function parse(argv: readonly string[]) {
  const names = Object.keys(options).map((name) => `--${name}`);
  for (const argument of argv) {
    if (argument === "--") break;
    const name = argument.split("=")[0] ?? "";
    if (name.startsWith("--") && !names.includes(name)) {
      throw new UsageError(`There is no option ${name}${suggestion(name, names)}. See --help.`);
    }
  }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/[.\n]/)[0] ?? ""}. See --help.`, {
      cause: error,
    });
  }
}

function isCommand(name: string): name is Command {
  return (commands as readonly string[]).includes(name);
}

/** `: did you mean "x"?`, when something is near enough to have been meant. */
export function suggestion(given: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(given, name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return nearest === undefined ? `; there are ${known.join(", ")}` : `: did you mean "${nearest.name}"?`;
}

/** How many letters must be added, dropped or replaced to make one word of the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
