import type { Settings } from "../../settings/settings.ts";
import type { Wanted } from "./seen.ts";
import { declaredObjects } from "../declaredObjects.ts";

/** The Application as this stack's settings want it. */
export function wantedApplication(settings: Settings, stack: string): Wanted {
  const { namespace, application, enabled, ...argocd } = settings.argocd;
  const { server, project, repository, path, prune, patchesBy, takeFrom } = argocd;
  return {
    ...{ stack, enabled, server, project, repository, path, prune, patchesBy, takeFrom },
    revision: settings.release.commit === undefined ? argocd.revision : undefined,
    application: { namespace, name: application },
    namespace: settings.namespace,
    declared: declaredObjects(settings),
  };
}
