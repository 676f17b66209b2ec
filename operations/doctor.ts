/** `npm run doctor -- --stack NAME`: everything `pulumi up` will need, looked at before it writes anything. */
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { documentOf, printSummary, tellWaiting, textOf } from "./doctor/output.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";

const usage = `usage: npm run --silent doctor -- --stack NAME [--json] [--overlay DIR]

Checks every prerequisite of "pulumi up", and writes nothing: engine and plugins, settings, cluster and permissions,
database, GitHub and the token, ArgoCD, and the Secrets that the application's overlay reads. Pulumi is configured as for
"pulumi up" (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE…).

  --stack NAME     the stack; without it $PULUMI_STACK
  --overlay DIR    a checkout of the application, or its kustomize overlay there; without it the repository ArgoCD follows is
                   fetched for the moment (or MESH_SIX_OVERLAY)
  --json           a list of {check, status, ok, detail, remedy}; ok is null where nobody could look

Exit code: 0 nothing failed, 1 something did, 2 wrong call.
`;

type Call = NonNullable<ReturnType<typeof read>>;

async function run({ stack, json, overlay }: Call): Promise<number> {
  let reported = 0;
  const stop = tellWaiting(() => reported);
  try {
    // Loaded here, so that a wrong call is answered at once.
    const { examine } = await import("./doctor/checks.ts");
    const { environment, languageHost } = await environmentOf(stack);
    const examination = examine({
      call: { folder: process.cwd(), stack, environment },
      languageHost,
      overlay: overlay ?? (environment["MESH_SIX_OVERLAY"] || undefined),
    });
    const lines = await examination.report((line) => {
      reported += 1;
      if (!json) process.stdout.write(textOf(line));
    });
    if (json) process.stdout.write(`${JSON.stringify(documentOf(lines), null, 2)}\n`);
    else printSummary(lines);
    return lines.some(({ ok }) => ok === false) ? 1 : 0;
  } finally {
    stop();
  }
}

/** As for any operation on the stack; plugins and migrations are looked for where it says. */
async function environmentOf(stack: string) {
  const { stackEnvironment } = await import("./stack/environment.ts");
  const { variables, languageHost } = await stackEnvironment(stack).catch(() => {
    // Without an engine: the check of that name says so.
    return { variables: process.env, languageHost: undefined };
  });
  // Not PATH, which is looked at as the caller has it.
  Object.assign(process.env, { ...variables, PATH: process.env["PATH"] });
  return { environment: variables, languageHost };
}

function read() {
  const line = readCommandLine({
    stack: { type: "string" },
    overlay: { type: "string" },
    json: { type: "boolean", default: false },
  });
  if (line === undefined) return undefined;
  const { values } = line;
  return { ...values, stack: stackOf(values.stack) };
}

runCommand({ usage, read, run });
