import type { Application, ResourceStatus } from "../../../lib/argocd/application.ts";
import { deletion, signed } from "../../../lib/argocd/ownPatch.ts";
import type { Wanted } from "../../../preflight/application/seen.ts";

export const component = { apiVersion: "dapr.io/v1alpha1", kind: "Component", name: "agent-pubsub" };
/** The settings that fit it. */
export const wanted: Wanted = {
  ...{ stack: "prod", enabled: true, takeFrom: "", patchesBy: "program", declared: [component] },
  application: { namespace: "argocd", name: "mesh-six" },
  namespace: "mesh-six",
  server: "https://kubernetes.default.svc",
  repository: "https://github.com/jaybrto/mesh-six",
  path: "k8s/overlays/prod",
  ...{ project: "default", revision: "main", prune: true },
};

interface Parts {
  readonly name?: string;
  readonly metadata?: object;
  readonly source?: object;
  readonly destination?: object;
  readonly resources?: readonly ResourceStatus[];
  readonly stack?: string;
  readonly rest?: object;
}

/** An Application as the old plan made it, but for some parts. */
export function application(parts: Parts = {}): Application {
  const patches = parts.stack === undefined ? [] : [signed(deletion(component), parts.stack)];
  return {
    metadata: { name: parts.name ?? "mesh-six", namespace: "argocd", uid: "u", ...parts.metadata },
    spec: {
      source: {
        repoURL: "https://github.com/jaybrto/mesh-six",
        path: "k8s/overlays/prod",
        kustomize: { patches },
        ...parts.source,
      },
      destination: { server: "https://kubernetes.default.svc", namespace: "mesh-six", ...parts.destination },
      ...parts.rest,
    },
    status: { resources: parts.resources ?? [] },
  };
}
