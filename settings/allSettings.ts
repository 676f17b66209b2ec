import { argocdSettings } from "./areas/argocd.ts";
import { clusterSettings } from "./areas/cluster.ts";
import { daprSettings } from "./areas/dapr.ts";
import { dashboardSettings } from "./areas/dashboard.ts";
import { databaseSettings } from "./areas/database.ts";
import { githubSettings } from "./areas/github.ts";
import { ingressSettings } from "./areas/ingress.ts";
import { migrationSettings } from "./areas/migrations.ts";
import { releaseSettings } from "./areas/release.ts";
import { secretSettings } from "./areas/secrets.ts";

/**
 * Every setting of the program, by its key in the namespace `mesh-six`.
 *
 * The only place of the production defaults, area by area and in the order of Pulumi.yaml, which is generated from
 * them.
 */
export const declarations = {
  ...clusterSettings,
  ...databaseSettings,
  ...secretSettings,
  ...daprSettings,
  ...dashboardSettings,
  ...ingressSettings,
  ...releaseSettings,
  ...argocdSettings,
  ...migrationSettings,
  ...githubSettings,
};
