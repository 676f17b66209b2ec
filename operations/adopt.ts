/** `npm run adopt -- --stack NAME`: what taking over the cluster's objects changes and loses, and whose each object is. */
import process from "node:process";
import { table } from "../lib/cli/table.ts";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand, stackOf } from "../lib/cli/command.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { lineOf, linesOf, refusalLine } from "../preflight/adoption/planText.ts";
import { adoptionAskedVariable, type PlannedObject } from "../preflight/adoption/document.ts";
import { ownershipMap, type OwnedObject } from "./adopt/ownership.ts";
import { preview } from "./preview/preview.ts";
import { forLog } from "./preview/terminalText.ts";
import { clusterOfStack } from "./stack/cluster.ts";
import { projectRoot, stackEnvironment } from "./stack/environment.ts";
import { stackConfig } from "./stack/pulumi.ts";

const usage = `usage: npm run --silent adopt -- --stack NAME [--json]

Shows what "pulumi up" would do with the objects of the cluster, as if mesh-six:adopt were true: make them, take them over
unchanged, or take them over with changes, and which values they lose. Then it lists every object of the namespace with
its owner, and why. Writes nothing, and shows no secret.

  --stack NAME    the stack; without it $PULUMI_STACK
  --json          one JSON document {stack, succeeded, objects: […], owners: […], errors: […]}

Exit code: 0 it can be taken over, 1 something is refused or the preview failed, 2 wrong call or trouble.
`;

interface Call {
  readonly stack: string;
  readonly json: boolean;
}

async function run({ stack, json }: Call): Promise<number> {
  process.env[adoptionAskedVariable] = "true";
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { digest } = await untilInterrupted((signal) => preview({ stack, refresh: false, signal, progress }));
  const { variables, engine } = await stackEnvironment(stack);
  const config = await stackConfig({
    ...{ command: engine, folder: projectRoot, stack, environment: variables },
  });
  const namespace = config.values["mesh-six:namespace"] ?? "mesh-six";
  const objects = digest.adoption;
  const owners = await ownershipMap(await clusterOfStack(config), namespace, stack, objects, progress);
  const errors = digest.remarks.filter(({ severity }) => severity === "error");
  const refused = objects.some(({ refusals }) => refusals.length > 0);
  if (json) {
    const document = { stack, succeeded: digest.succeeded && !refused, objects, owners, errors };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    const failures = errors
      .filter(({ repeats }) => repeats !== "adoption")
      .map(({ resource, message }) => `error: ${resource === "" ? "" : `${resource}: `}${message}`);
    process.stdout.write(`${forLog([...asText(objects, owners), ...failures].join("\n"))}\n`);
  }
  return digest.succeeded && !refused ? 0 : 1;
}

function asText(objects: readonly PlannedObject[], owners: readonly OwnedObject[]): string[] {
  const plan = objects.flatMap((planned) => [
    lineOf(planned),
    ...linesOf(planned),
    ...planned.refusals.map((refusal) => `  refused: ${refusalLine(refusal)}`),
  ]);
  const map = table(owners.map(({ kind, name, owner, why }) => [`${kind} ${name}`, `${owner}: ${why}`]));
  return [
    ...(plan.length === 0 ? ["Nothing is left to take over."] : plan),
    "",
    "Whose the objects are:",
    ...map,
  ];
}

function read(): Call | undefined {
  const line = readCommandLine({
    stack: { type: "string" },
    json: { type: "boolean", default: false },
  });
  if (line === undefined) return undefined;
  const { values } = line;
  return { stack: stackOf(values.stack), json: values.json };
}

runCommand({ usage, read, run, trouble: 2 });
