import * as pulumi from "@pulumi/pulumi";
import type { AnyObject } from "../../../preflight/adoption/objectDeclaration.ts";
import { type Settings, settingsOf } from "../../../settings/settings.ts";
import { declarations } from "./mocks.ts";
import { unwrapped } from "../cluster/secretInputs.ts";

/** Settings of a stack as the engine hands them over, without the namespace; those that are secret are named beside. */
export type StackValues = Readonly<Record<string, string>>;

/** The least further settings with which a stack declares only objects of the cluster. */
const least: StackValues = {
  preflight: "false",
  databaseMode: "existing",
  databaseUrl: "postgresql://mesh:pw@db.example:5432/mesh_six",
  githubWebhook: "false",
  repositories: "[]",
  secrets: JSON.stringify({ "redis-secret": { source: "config" } }),
  secretValues: JSON.stringify({
    "redis-secret": { password: "redis" },
    "rabbitmq-secret": { username: "mesh", password: "mq" },
    "gitea-registry-secret": { password: "registry" },
    "github-secret": { token: "token" },
  }),
};
const secret = ["databaseUrl", "secretValues", "databaseAdminPassword", "githubToken"];

function configOf(values: StackValues): Record<string, string> {
  const named = Object.entries({ ...least, ...values }).map(([key, value]) => [`mesh-six:${key}`, value]);
  return Object.fromEntries(named) as Record<string, string>;
}

/** The program's settings by these values, over the least that it needs. */
export function settingsBy(values: StackValues): Settings {
  return settingsOf({
    values: configOf(values),
    isSecret: (key) => secret.some((name) => key === `mesh-six:${name}`),
  });
}

/** The outputs that the plugins add to a declaration. */
const answers = {
  "random:index/randomPassword:RandomPassword": { result: "generated" },
  "pulumi-nodejs:dynamic/mesh-six:TakeOver": {
    selectors: {},
    foreign: { patches: [], syncOptions: [], automated: {} },
    kept: {},
    restored: {},
  },
};

let runs = 0;
/** The mocks are one for the whole process: one program after the other. */
let last: Promise<unknown> = Promise.resolve();

/**
 * The objects of the cluster that the whole program declares under these settings, in its order; by mocks, without an
 * engine.
 *
 * @param found - what the take-over's provider has found
 */
export function declaredObjectsOf(
  values: StackValues,
  found: Readonly<Record<string, unknown>> = {},
  stack = "test",
): Promise<AnyObject[]> {
  const run = last.then(() => declareObjects(values, found, stack));
  last = run.catch(() => undefined);
  return run;
}

async function declareObjects(
  values: StackValues,
  found: Readonly<Record<string, unknown>>,
  stack: string,
): Promise<AnyObject[]> {
  pulumi.runtime.setAllConfig(
    configOf(values),
    secret.map((key) => `mesh-six:${key}`),
  );
  const takeOver = "pulumi-nodejs:dynamic/mesh-six:TakeOver";
  const outputs = { ...answers, [takeOver]: { ...answers[takeOver], ...found } };
  // A module declares its resources when it is loaded: each run is another module.
  const program = () =>
    pulumi.runtime.runInPulumiStack(() => import(`../../../index.ts?run=${++runs}`) as Promise<object>);
  let failure: Error | undefined;
  const all = await declarations(
    // The mocks wait for what is declared, for good where that fails.
    () => program().catch((error: Error) => (failure = error)),
    outputs,
    { stack, preview: true },
  );
  if (failure !== undefined) throw failure;
  return all.flatMap(({ type, inputs }) =>
    type.startsWith("kubernetes:") && typeof inputs["kind"] === "string"
      ? [unwrapped(inputs) as AnyObject]
      : [],
  );
}
