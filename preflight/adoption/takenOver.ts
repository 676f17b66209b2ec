import type { ApplicationName } from "../../lib/argocd/application.ts";
import { withoutCascade } from "../../lib/argocd/finalizers.ts";
import { released } from "../../lib/argocd/marks.ts";
import { withoutPause } from "../../lib/argocd/paused.ts";
import type { Tracking } from "../../lib/argocd/tracking.ts";
import type { AnyObject } from "./objectDeclaration.ts";

export interface TakeOverPlace {
  /** Namespace whose objects are taken over. */
  readonly namespace: string;
  /** The Application that may have had them; undefined where the stack declares none. */
  readonly application: ApplicationName | undefined;
  readonly tracking: Tracking;
}

/**
 * The object as the take-over leaves it before anything is declared: objects of the namespace lose their marks, the
 * Application its cascade, and what a run that was cut off has kept in it. The Namespace stays ArgoCD's too.
 */
export function asTakenOver(
  object: AnyObject,
  { namespace, application, tracking }: TakeOverPlace,
): AnyObject {
  if (object.kind === "Application") return withoutPause(withoutCascade(object));
  return object.metadata.namespace === namespace ? released(object, application, tracking) : object;
}
