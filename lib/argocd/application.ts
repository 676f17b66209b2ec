import { parse } from "yaml";
import type { ClusterObject, ObjectReference } from "../kubernetes/cluster.ts";

/** The fields of an ArgoCD Application that are looked at. */
export interface Application extends ClusterObject {
  readonly metadata: ClusterObject["metadata"] & {
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly spec: {
    readonly project?: string;
    readonly source?: Source;
    /** Renders the source into another branch, from which it deploys; then there is no `source`. */
    readonly sourceHydrator?: object;
    readonly sources?: readonly object[];
    readonly destination?: Destination;
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
    readonly operationState?: OperationState;
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly resources?: readonly ResourceStatus[];
  };
}

/** The operation that runs, or ran last. */
export interface OperationState {
  /** `Running` also while it waits to be tried once more. */
  readonly phase?: string;
  readonly message?: string;
  /** The number of failed attempts that were tried once more. */
  readonly retryCount?: number;
  readonly operation?: { readonly initiatedBy?: { readonly automated?: boolean } };
}

/** Whether it failed, and is tried again and again until it goes through or its limit is reached. */
export function isRetried(state: OperationState | undefined): boolean {
  return state?.phase === "Running" && (state.retryCount ?? 0) > 0;
}

export interface Source {
  readonly repoURL?: string;
  readonly path?: string;
  readonly kustomize?: {
    readonly namespace?: string;
    readonly namePrefix?: string;
    readonly nameSuffix?: string;
    readonly replicas?: readonly { readonly name: string; readonly count?: number | string }[];
    readonly patches?: readonly KustomizePatch[];
  };
  readonly [field: string]: unknown;
}

/** ArgoCD's destination: the cluster by its address or by its name, one of the two. */
export interface Destination {
  readonly server?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** One entry of `spec.source.kustomize.patches`. Argo CD requires none of the fields. */
export interface KustomizePatch {
  readonly target?: Readonly<Record<string, string>>;
  readonly patch?: string;
  /** File of the source that holds the patch, in place of `patch`. */
  readonly path?: string;
  readonly options?: Readonly<Record<string, boolean>>;
}

/** One that holds its patch itself, as all of this program's do. */
export interface InlinePatch extends KustomizePatch {
  readonly patch: string;
}

/** A change to one object of the Application's source: a strategic merge patch, whose values may be outputs. */
export interface ObjectPatch {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** One object of an Application's status. ArgoCD 3 says nothing of its health there. */
export interface ResourceStatus {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly status?: string;
  /** It is not in the source any more. */
  readonly requiresPruning?: boolean;
  readonly health?: { readonly status?: string; readonly message?: string };
}

/** The object that an entry of the status tells of. */
export function trackedReference({ group, version, kind, namespace, name }: ResourceStatus): ObjectReference {
  const apiVersion = group ? `${group}/${version ?? ""}` : (version ?? "v1");
  return { apiVersion, kind, namespace: namespace ?? "", name };
}

export interface ApplicationName {
  readonly namespace: string;
  readonly name: string;
}

export function applicationReference({ namespace, name }: ApplicationName): ObjectReference {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace, name };
}

/** An object by its kind and name: kustomize sets the namespace after the patches. */
export interface Named {
  readonly kind: string;
  readonly name: string;
}

/** Whether one of the patches takes the object out of the source they belong to. */
export function takesOut(patches: readonly KustomizePatch[], object: Named): boolean {
  return takenOut(patches).some(({ kind, name }) => kind === object.kind && name === object.name);
}

/** The objects that the patches take out of their source. */
export function takenOut(patches: readonly KustomizePatch[]): Named[] {
  return patches.flatMap((patch) => {
    const { kind, name } = patch.target ?? {};
    if (kind === undefined || name === undefined || !isDeletion(patch)) return [];
    return [{ kind, name: name.replaceAll("\\", "") }];
  });
}

export function patchesOf(application: Application): readonly KustomizePatch[] {
  return application.spec.source?.kustomize?.patches ?? [];
}

function isDeletion({ patch = "" }: KustomizePatch): boolean {
  // Parsing all of them is a twentieth of an `up` that changes nothing. With a backslash YAML can write any letter.
  if (!/\$patch|\\/.test(patch)) return false;
  try {
    const content: unknown = parse(patch);
    return (
      typeof content === "object" && content !== null && "$patch" in content && content.$patch === "delete"
    );
  } catch {
    // Somebody's own text, which ArgoCD refuses too.
    return false;
  }
}
