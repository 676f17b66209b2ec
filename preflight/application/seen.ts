import type { Application, ApplicationName, Named } from "../../lib/argocd/application.ts";
import type { Tracking } from "../../lib/argocd/tracking.ts";
import type { DeclaredObject } from "../declaredObjects.ts";

/** The settings of the Application. */
export interface Wanted {
  /** Name of this stack. */
  readonly stack: string;
  /** Whether the stack has an Application at all (mesh-six:argocdEnabled). */
  readonly enabled: boolean;
  /** Stack whose patches are taken for this one's: it was renamed, or its state is lost; `unnamed` for old ones. */
  readonly takeFrom: string;
  readonly patchesBy: "program" | "parent";
  readonly application: ApplicationName;
  /** Namespace of the installation. */
  readonly namespace: string;
  readonly server: string;
  readonly project: string;
  readonly repository: string;
  /** Branch, tag or commit; undefined where a release decides it. */
  readonly revision: string | undefined;
  readonly path: string;
  /** Whether ArgoCD is to delete what its source no longer holds (mesh-six:argocdPrune). */
  readonly prune: boolean;
  readonly declared: readonly DeclaredObject[];
}

/** The Application as found, with its surroundings. */
export interface Seen {
  /** The Application that the settings name. */
  readonly found: Application | undefined;
  /** Every Application that can be read. */
  readonly all: readonly Application[];
  readonly tracking: Tracking;
  /** Whether the stack's state holds the one found; undefined where nobody can tell. */
  readonly held: boolean | undefined;
  /** Whether it deploys to another cluster than this one. */
  readonly elsewhere: boolean;
  /** Objects that left its source and that it has not deleted so far, for it does not prune. */
  readonly leftOver: readonly Named[];
}

/** The command that makes the setting. */
export const setting = (key: string, value: string) => `pulumi config set mesh-six:${key} ${value}`;

/** `argocd/mesh-six` */
export function titleOf({ metadata: { namespace = "", name = "" } }: Pick<Application, "metadata">): string {
  return `${namespace}/${name}`;
}
