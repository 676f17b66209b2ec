/**
 * The policies, as a pack for the engine: `pulumi preview --policy-pack policies`. Each rule is an ordinary function
 * in a file beside this one.
 */
import { PolicyPack, type ResourceValidationArgs, type ResourceValidationPolicy } from "@pulumi/policy";
import { DataWatch } from "./data.ts";
import { SecretWatch } from "./plainSecrets.ts";
import type { Declared, Rule } from "./declaredResource.ts";
import { securedWebhook } from "./webhooks.ts";
import { boundedWorkload } from "./workloads.ts";

const secrets = new SecretWatch();
/** Findings about a resource's secrets, until the engine asks for them. */
const foundSecrets = new Map<string, string[]>();
let data: DataWatch | undefined;

function policy(name: string, description: string, rule: Rule): ResourceValidationPolicy {
  return {
    name,
    description,
    validateResource: (args, report) => {
      for (const problem of rule(declared(args))) report(problem);
    },
  };
}

/** The SDK's view of a resource hides what is unknown or secret behind proxies; the descriptors give it as it came. */
function declared({ type, name, urn, props, opts }: ResourceValidationArgs): Declared {
  const raw = Object.entries(Object.getOwnPropertyDescriptors(props)).map(
    ([key, descriptor]) => [key, descriptor.value as unknown] as const,
  );
  return { type, name, urn, props: Object.fromEntries(raw), protect: opts.protect, parent: opts.parent };
}

new PolicyPack("mesh-six", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "no-plain-secret",
      description: "No credential stands in plain in an object, an environment or the state.",
      // The engine marks secret values only for policies that can remedy. This one remedies nothing.
      enforcementLevel: "remediate",
      remediateResource: (args) => {
        foundSecrets.set(args.urn, secrets.look(declared(args)));
      },
      validateResource: ({ urn }, report) => {
        for (const problem of foundSecrets.get(urn) ?? []) report(problem);
      },
    },
    {
      name: "no-copied-secret",
      description: "No secret of the stack stands in plain in another of its resources.",
      validateStack: (_args, report) => {
        for (const { urn, problem } of secrets.late()) report(problem, urn);
      },
    },
    policy("secured-webhook", "Webhooks are delivered by verified TLS and signed.", securedWebhook),
    {
      name: "protected-data",
      description: "Databases, volumes, repositories and boards outlive the stack.",
      configSchema: {
        properties: {
          disposableStacks: {
            type: "array",
            items: { type: "string" },
            default: ["sandbox"],
            description: "Stacks in which a component or setting may say that data is deleted with the stack",
          },
        },
      },
      validateResource: (args, report) => {
        const { disposableStacks = ["sandbox"] } = args.getConfig<{ disposableStacks?: string[] }>();
        data ??= new DataWatch([...disposableStacks]);
        for (const problem of data.look(declared(args))) report(problem);
      },
    },
    policy(
      "bounded-workload",
      "Containers run as a user that is not root, and within limits.",
      boundedWorkload,
    ),
  ],
});
