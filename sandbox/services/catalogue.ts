import type { ArgoCdChoice, ExistingServices } from "../place/credentials.ts";
import { apiServer } from "./apiServer.ts";
import { application, registry } from "./application/services.ts";
import { argocdController, argocdRedis, argocdRepoServer } from "./argocd/servers.ts";
import { controllerManager, kwok, scheduler } from "./controllers.ts";
import { etcd } from "./etcd.ts";
import { argocd, github, meshSix, meshSixName, receiver } from "./nodeService.ts";
import { postgres } from "./postgres/postgres.ts";
import type { Service } from "./service.ts";

const realArgoCd: readonly Service[] = [argocdRedis, argocdRepoServer, argocdController];

/** Every service a sandbox may run, each after those it needs. */
export const allServices: readonly Service[] = [
  etcd,
  postgres,
  receiver,
  github,
  apiServer,
  controllerManager,
  scheduler,
  kwok,
  argocd,
  ...realArgoCd,
  registry,
  application,
  meshSix(),
];

/** Started by the command that needs it, not by `up`; stopped by `down` like any other. */
export function isOnDemand(service: Service): boolean {
  return [registry.name, application.name, meshSixName].includes(service.name);
}

/**
 * The services `up` runs: all but those for which a person brings something existing, those on demand, and the one
 * Argo CD that was not chosen.
 *
 * @param hasReleases - whether Argo CD follows the sandbox's application, whose repository and registry then run too
 */
export function ownServices(
  existing: ExistingServices,
  argocdChoice: ArgoCdChoice,
  hasReleases: boolean,
): Service[] {
  return allServices.filter((service) => {
    if (hasReleases && (service === registry || service === application))
      return existing.kubeconfig === undefined;
    if (isOnDemand(service)) return false;
    if (service === argocd && argocdChoice === "real") return false;
    if (realArgoCd.includes(service) && argocdChoice !== "real") return false;
    if (service === github || service === receiver) return existing.github === undefined;
    if (service === postgres) return existing.databaseUrl === undefined;
    return existing.kubeconfig === undefined;
  });
}
