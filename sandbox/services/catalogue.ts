import type { ExistingServices } from "../credentials.ts";
import { apiServer } from "./apiServer.ts";
import { controllerManager, kwok, scheduler } from "./controllers.ts";
import { etcd } from "./etcd.ts";
import { argocd, github, receiver } from "./nodeService.ts";
import { postgres } from "./postgres.ts";
import type { Service } from "./service.ts";

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
];

/** The services this sandbox runs itself: all but those for which a person brings something existing. */
export function ownServices(existing: ExistingServices): Service[] {
  return allServices.filter((service) => {
    if (service === github || service === receiver) return existing.github === undefined;
    if (service === postgres) return existing.databaseUrl === undefined;
    return existing.kubeconfig === undefined;
  });
}
