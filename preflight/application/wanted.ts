import type { Settings } from "../../settings/settings.ts";
import type { Wanted } from "./misfits.ts";
import { declaredObjects } from "../declaredObjects.ts";

/** The Application as this stack's settings want it. */
export function wantedApplication(settings: Settings, stack: string): Wanted {
  const { namespace, application, enabled, ...argocd } = settings.argocd;
  const { server, repository, path, patchesBy, takeFrom } = argocd;
  return {
    ...{ stack, enabled, server, repository, path, patchesBy, takeFrom },
    application: { namespace, name: application },
    namespace: settings.namespace,
    declared: declaredObjects(settings),
  };
}
