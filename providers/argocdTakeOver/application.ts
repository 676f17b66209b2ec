import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import {
  describe,
  type Cluster,
  type ClusterObject,
  type ObjectReference,
} from "../../lib/kubernetes/cluster.ts";

/** The fields of an ArgoCD Application that are looked at. */
export interface Application extends ClusterObject {
  readonly spec: {
    readonly source?: Source;
    readonly sources?: readonly object[];
    readonly syncPolicy?: {
      readonly automated?: Readonly<Record<string, unknown>>;
      readonly syncOptions?: readonly string[];
    };
  };
  readonly operation?: object;
  readonly status?: {
    readonly sync?: {
      readonly status?: string;
      readonly revision?: string;
      readonly comparedTo?: { readonly source?: Source };
    };
    readonly health?: { readonly status?: string };
    readonly operationState?: { readonly phase?: string; readonly message?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly resources?: readonly ResourceStatus[];
  };
}

export interface Source {
  readonly kustomize?: { readonly patches?: readonly KustomizePatch[] };
  readonly [field: string]: unknown;
}

/** One entry of `spec.source.kustomize.patches`. */
export interface KustomizePatch {
  readonly target?: Readonly<Record<string, string>>;
  readonly patch: string;
  readonly options?: Readonly<Record<string, boolean>>;
}

interface ResourceStatus {
  /** Left out for the core group. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly status?: string;
  readonly health?: { readonly status?: string; readonly message?: string };
}

export interface ApplicationName {
  readonly namespace: string;
  readonly name: string;
}

/** First line of every patch this program writes into an Application; by it they are told from others'. */
export const ownPatch = "# Written by the Pulumi stack of mesh-six\n";

const refresh = "argocd.argoproj.io/refresh";

export function applicationReference(name: ApplicationName): ObjectReference {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", ...name };
}

/** Whether the Application's own patches take the object out of its source. */
export function takesOut(application: Application, { kind, name }: ObjectReference): boolean {
  return patchesOf(application).some((patch) => {
    const { target } = patch;
    return isDeletion(patch) && target?.["kind"] === kind && target["name"]?.replaceAll("\\", "") === name;
  });
}

export function patchesOf(application: Application): readonly KustomizePatch[] {
  return application.spec.source?.kustomize?.patches ?? [];
}

function isDeletion({ patch }: KustomizePatch): boolean {
  const content: unknown = parse(patch);
  return (
    typeof content === "object" && content !== null && "$patch" in content && content.$patch === "delete"
  );
}

/**
 * Takes automated sync off the Application and waits until ArgoCD has seen it and does nothing more, so that
 * objects can change hands without being put back. It comes back with the Application's declaration.
 *
 * @throws where ArgoCD is still syncing after two minutes
 */
export async function pause(cluster: Cluster, reference: ObjectReference, automated: boolean): Promise<void> {
  await cluster.merge(reference, {
    metadata: { annotations: { [refresh]: "normal" } },
    ...(automated ? { spec: { syncPolicy: { automated: null } } } : {}),
  });
  const started = Date.now();
  for (;;) {
    const application = await cluster.get<Application>(reference);
    if (application === undefined) return;
    const waited = Date.now() - started;
    const syncing =
      application.operation !== undefined || application.status?.operationState?.phase === "Running";
    // Who takes the annotation off has seen the Application without automated sync. Where nobody does, no
    // ArgoCD is running, and none can interfere.
    const seen = application.metadata.annotations?.[refresh] === undefined || waited > 20_000;
    if (seen && !syncing) return;
    if (waited > 120_000) {
      throw new Error(
        `ArgoCD is still syncing ${describe(reference)} after two minutes, and would put back what is taken over: ` +
          "wait for it or end it (argocd app terminate-op), then run pulumi up again",
      );
    }
    await sleep(250);
  }
}
