import type { Settings } from "../settings/settings.ts";

/** An object by what an Application's patches and status call it. */
export interface DeclaredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * Every object the program declares in the namespace under these settings: known before anything is declared, so that
 * an Application can be judged before the first write.
 */
export function declaredObjects(settings: Settings): DeclaredObject[] {
  const objects = (apiVersion: string, kind: string, ...names: string[]) =>
    names.map((name) => ({ apiVersion, kind, name }));
  const sources = Object.entries(settings.secrets.sources);
  const secrets = sources.flatMap(([name, { source }]) => (source === "vault" ? [] : [name]));
  const external = sources.flatMap(([, source]) =>
    source.source === "vault" ? [source.externalSecret] : [],
  );
  const { apiGroup } = settings.ingress;
  const traefik = `${apiGroup === "auto" ? "traefik.io" : apiGroup}/v1alpha1`;
  const upkeep = settings.eventLog.upkeep === undefined ? [] : ["event-partition-upkeep"];
  return [
    ...objects("v1", "Secret", "postgres-secret", ...secrets),
    ...objects("external-secrets.io/v1", "ExternalSecret", ...external),
    ...objects(
      ...(["dapr.io/v1alpha1", "Component"] as const),
      ...["agent-statestore", "actor-statestore", "agent-pubsub", "agent-outbox"],
    ),
    ...objects("dapr.io/v1alpha1", "Resiliency", "agent-resiliency"),
    ...objects("v1", "ConfigMap", "dashboard-nginx", ...upkeep),
    ...objects("apps/v1", "Deployment", "dashboard"),
    ...objects("v1", "Service", "dashboard"),
    ...objects("batch/v1", "CronJob", ...upkeep),
    ...objects(traefik, "IngressRoute", "dashboard", "webhook-receiver"),
  ];
}
