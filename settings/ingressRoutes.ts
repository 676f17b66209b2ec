import * as z from "zod";
import { dnsName, filled, labelName, objectName } from "./formats.ts";
import type { Problem } from "../lib/text/problem.ts";
import { problem, propertyPath } from "./problems.ts";
import type { Values } from "./read.ts";

/** Traefik's certificate for a host and further ones. */
const domain = z.strictObject({ main: dnsName, sans: z.array(dnsName).default([]) });

const tlsOptions = z.strictObject({
  name: objectName,
  namespace: labelName.optional().describe("where it is not the route's own namespace"),
});

const middleware = z.strictObject({
  name: filled
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(@[a-z0-9]+)?$/, {
      error: "a middleware's name, or NAME@PROVIDER of another provider",
    })
    .describe("of the object, or `NAME@PROVIDER`"),
  namespace: labelName
    .optional()
    .describe("where it is not the route's own; Traefik needs `allowCrossNamespace` for it"),
});

const tls = z.strictObject({
  enabled: z.boolean().default(true).describe("false declares the route without TLS"),
  certResolver: z
    .string()
    .optional()
    .describe(
      "certificate resolver; `ingressCertResolver` where it is left out, Traefik's default certificate where it is empty",
    ),
  secretName: objectName
    .optional()
    .describe("Secret of type kubernetes.io/tls with the certificate, in place of a resolver"),
  options: tlsOptions.optional().describe("TLSOption"),
  domains: z.array(domain).optional().describe("names the resolver's certificate is for: `{main, sans}`"),
});

const route = z.strictObject({
  entryPoints: z
    .array(filled)
    .min(1)
    .optional()
    .describe("Traefik's entry points; `ingressEntryPoint` where it is left out"),
  priority: z
    .int()
    .optional()
    .describe("of the rule; Traefik goes by the rule's length where it is left out"),
  middlewares: z
    .array(middleware)
    .default([])
    .describe("in their order; a login in front of the webhooks would stop GitHub's deliveries"),
  tls: tls.prefault({}),
});

/** The IngressRoutes by their names in the cluster. */
export const ingressRoutes = z.strictObject({
  dashboard: route.prefault({}).describe("everything on `ingressHost` that no longer rule claims"),
  "webhook-receiver": route.prefault({}).describe("the webhooks below `ingressWebhookPath`"),
});

/** The settings of an IngressRoute besides its rule and its service. */
export interface RouteSettings {
  readonly entryPoints: readonly string[];
  /** Undefined where Traefik orders the rules by length. */
  readonly priority: number | undefined;
  readonly middlewares: z.infer<typeof middleware>[];
  /** `spec.tls`; undefined without TLS, empty for Traefik's default certificate. */
  readonly tls:
    | undefined
    | {
        readonly certResolver?: string | undefined;
        readonly secretName?: string | undefined;
        readonly options?: z.infer<typeof tlsOptions> | undefined;
        readonly domains?: z.infer<typeof domain>[] | undefined;
      };
}

export type RouteName = keyof z.infer<typeof ingressRoutes>;

/** Each route with what the settings for both say. */
export function resolvedRoutes(values: Values): Readonly<Record<RouteName, RouteSettings>> {
  const resolved = (name: RouteName): RouteSettings => {
    const given = values.ingressRoutes[name];
    const { enabled, certResolver, ...more } = given.tls;
    const resolver = certResolver ?? (more.secretName === undefined ? values.ingressCertResolver : "");
    return {
      entryPoints: given.entryPoints ?? [values.ingressEntryPoint],
      priority: given.priority,
      middlewares: given.middlewares,
      tls: enabled ? { ...(resolver === "" ? {} : { certResolver: resolver }), ...more } : undefined,
    };
  };
  return { dashboard: resolved("dashboard"), "webhook-receiver": resolved("webhook-receiver") };
}

/** Complains about settings that exclude each other in one route. */
export function checkIngressRoutes(values: Values, problems: Problem[]): void {
  for (const [name, { tls, middlewares }] of Object.entries(values.ingressRoutes)) {
    const complain = (path: readonly PropertyKey[], expected: string, got: string) => {
      const full = propertyPath(["ingressRoutes", name, ...path]);
      problems.push(problem(full, expected, got, `pulumi config rm --path 'mesh-six:${full}'`));
    };
    const { enabled, certResolver, secretName, options, domains } = tls;
    if (secretName !== undefined && certResolver !== undefined && certResolver !== "") {
      complain(["tls", "certResolver"], "either secretName or certResolver", "both");
    }
    if (secretName !== undefined && domains !== undefined) {
      complain(["tls", "domains"], "nothing beside secretName, whose certificate has its names", "domains");
    }
    for (const [key, value] of Object.entries({ certResolver, secretName, options, domains })) {
      if (enabled || value === undefined) continue;
      complain(["tls", key], "nothing with tls.enabled false", key);
    }
    for (const [index, { name: middlewareName, namespace }] of middlewares.entries()) {
      if (!middlewareName.includes("@") || namespace === undefined) continue;
      complain(
        ["middlewares", index, "namespace"],
        `none with ${middlewareName}, which is another provider's`,
        namespace,
      );
    }
  }
}
