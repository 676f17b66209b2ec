import { readObject } from "../../../lib/kubernetes/apiServer.ts";
import type { Settings } from "../../../settings/settings.ts";
import { type Finding, fail, pass } from "../examination.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Manifest } from "../cluster/overlay.ts";
import type { Stack } from "../stack.ts";

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
export async function lookAtWorkflows(
  objects: readonly Manifest[],
  settings: Settings,
  { access }: Cluster,
  { made }: Stack,
): Promise<Finding> {
  const configured = objects
    .filter(({ kind, spec }) => kind === "Configuration" && hasWorkflow(spec as Configuration | undefined))
    .map(({ metadata }) => metadata.name);
  const services = objects.flatMap(({ spec }) => {
    const annotations = (spec as PodOwner | undefined)?.template?.metadata?.annotations;
    const id = annotations?.["dapr.io/app-id"];
    if (id === undefined || annotations?.["dapr.io/enabled"] === "false") return [];
    // Settings for workflows say that some run.
    const runs = known.includes(id) || configured.includes(annotations?.["dapr.io/config"] ?? "");
    return runs ? [id] : [];
  });
  const { actorScopes } = settings.dapr;
  const outside = services.filter((id) => !actorScopes.includes(id));
  // An empty list is Dapr's word for all.
  if (outside.length > 0 && actorScopes.length > 0) {
    // The whole list, since a stack that has the default one has none in its settings to add to.
    const commands = [...actorScopes, ...outside].map(
      (id, i) => `pulumi config set --path 'mesh-six:daprActorScopes[${i}]' ${id}`,
    );
    return fail(unlike(outside, actorScopes), commands.join(" && "));
  }
  // Somebody has removed a scope that the program once put there.
  const inputs = made.inputs("kubernetes:dapr.io/v1alpha1:Component", "actor-statestore") as
    Scoped | undefined;
  const path = `/apis/dapr.io/v1alpha1/namespaces/${settings.namespace}/components/actor-statestore`;
  const live = inputs && (await readObject<Scoped>(access, path))?.scopes;
  const lost = services.filter((id) => live && inputs.scopes?.includes(id) && !live.includes(id));
  if (live && lost.length > 0) return fail(unlike(lost, live), "put it back: pulumi up --refresh");
  return pass(services.join(", ") || "none in the overlay");
}

function hasWorkflow(configuration: Configuration | undefined): boolean {
  return configuration?.workflow !== undefined;
}

interface Scoped {
  readonly scopes?: readonly string[];
}

function unlike(wanted: readonly string[], scopes: readonly string[]): string {
  return `actor-statestore: expected ${wanted.join(", ")} in its scopes, got ${scopes.join(", ") || "none"}`;
}
