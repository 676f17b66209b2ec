import type { Settings } from "../../components/settings.ts";
import { type Finding, fail, pass } from "./examination.ts";
import type { Manifest } from "./overlay.ts";

/** The application's services that run workflows or actors, by their Dapr application id. */
const known = ["llm-service", "architect-agent", "project-manager", "onboarding-service", "implementer"];

interface PodOwner {
  readonly template?: {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  };
}

interface Configuration {
  readonly workflow?: unknown;
}

/**
 * Whether every service of the overlay that runs workflows or actors is in the scopes of actor-statestore:
 * outside of them Dapr gives it no store, and its workflows never start.
 */
export function lookAtWorkflows(objects: readonly Manifest[], settings: Settings): Finding {
  const configured = objects
    .filter(({ kind, spec }) => kind === "Configuration" && (spec as Configuration).workflow !== undefined)
    .map(({ metadata }) => metadata.name);
  const services = objects.flatMap(({ spec }) => {
    const annotations = (spec as PodOwner | undefined)?.template?.metadata?.annotations;
    const id = annotations?.["dapr.io/app-id"];
    if (id === undefined) return [];
    // Whoever is given settings for workflows runs some.
    const runs = known.includes(id) || configured.includes(annotations?.["dapr.io/config"] ?? "");
    return runs ? [id] : [];
  });
  const outside = services.filter((id) => !settings.dapr.actorScopes.includes(id));
  if (outside.length === 0) return pass(services.join(", ") || "none in the overlay");
  const next = settings.dapr.actorScopes.length;
  return fail(
    `actor-statestore: expected ${outside.join(", ")} in its scopes, got ${settings.dapr.actorScopes.join(", ") || "none"}`,
    outside
      .map((id, i) => `pulumi config set --path 'mesh-six:daprActorScopes[${next + i}]' ${id}`)
      .join(" && "),
  );
}
