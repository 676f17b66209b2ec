import { secretsOfConfig } from "../preview/mask.ts";
import type { PulumiCall } from "../stack/pulumi.ts";
import { adoptionItems, lookAtAdoption, programTime } from "./cluster/adoption.ts";
import { lookAtApplication, lookAtArgoCd } from "./cluster/argocd.ts";
import { lookAtCluster, kindItems, lookAtNamespace, sourceItems } from "./cluster/cluster.ts";
import {
  lookAtMigrations,
  lookAtNames,
  lookAtPrivileges,
  lookAtServer,
  lookAtSessions,
  lookAtVector,
} from "./database/database.ts";
import { lookAtCertificates } from "./certificates.ts";
import { Examination } from "./examination.ts";
import { availabilityItems } from "./github/availability.ts";
import { lookAtGitHub, lookAtLogin, lookAtOwner, permissionItems } from "./github/tokenChecks.ts";
import { grantItems } from "./database/grants.ts";
import { hostItems } from "./cluster/hosts.ts";
import { lookAtEngine, lookAtLanguageHost, lookAtNode, lookAtPlugins } from "./machine.ts";
import { lookAtOtherStacks } from "./cluster/otherStacks.ts";
import { overlayTime, renderOverlay } from "./cluster/overlay.ts";
import { lookAtSecrets } from "./cluster/secrets.ts";
import { lookAtSettings, lookAtStack } from "./stack.ts";
import { lookAtUpkeepCertificate } from "./cluster/upkeep.ts";
import { lookAtLogins, lookAtStore } from "./cluster/vault.ts";
import { lookAtWorkflows } from "./github/boardWorkflows.ts";

export interface DoctorOptions {
  /** Folder and environment of the call; the command is looked for. */
  readonly call: Omit<PulumiCall, "command">;
  /** Path of pulumi-language-nodejs. */
  readonly languageHost: string | undefined;
  /** Folder of the application's overlay; undefined to fetch what ArgoCD follows. */
  readonly overlay: string | undefined;
}

/** Everything the program will need, each looked at without writing anything. */
export function examine({ call, languageHost, overlay: directory }: DoctorOptions): Examination {
  const all = new Examination();

  all.check("Node", [], lookAtNode);
  const engine = all.check("engine", [], lookAtEngine);
  all.check("plugins", [], lookAtPlugins);
  all.check("certificates", [], () => lookAtCertificates());
  all.check("language host", [engine], () => lookAtLanguageHost(languageHost, call.stack !== "sandbox"));
  const stack = all.check("stack", [engine], async (command) => {
    const found = await lookAtStack({ ...call, command });
    if (found.value !== undefined) all.hide(secretsOfConfig(found.value.config));
    return found;
  });
  const settings = all.check("settings", [stack], lookAtSettings);

  const cluster = all.check("cluster", [settings], lookAtCluster);
  all.several("CRDs", [settings, cluster], kindItems);
  all.several("permissions in the cluster", [settings, cluster], grantItems);
  all.check("namespace", [settings, cluster, stack], lookAtNamespace);
  all.several("sources of secrets", [settings, cluster], sourceItems);
  all.check("ClusterSecretStore", [settings, cluster], lookAtStore);
  all.check("PG_USER and PG_PASSWORD", [settings, cluster], lookAtLogins);
  all.check("ArgoCD", [settings, cluster], lookAtArgoCd);
  all.check("other stacks", [settings, cluster, stack], lookAtOtherStacks);
  all.check("Application", [settings, cluster, stack], (...found) =>
    // The last part of ORGANIZATION/PROJECT/STACK, as the program itself knows it.
    lookAtApplication(...found, call.stack.split("/").at(-1) ?? ""),
  );
  // The plan is made by running the program, which needs cluster and stack.
  const plan = all.check(
    "adoption",
    [settings, cluster, stack],
    (given) => lookAtAdoption(given, call),
    programTime,
  );
  all.several("adoption of objects", [plan], adoptionItems);

  const server = all.check("database server", [settings], lookAtServer);
  all.check("database privileges", [settings, server], lookAtPrivileges);
  all.check("database extension vector", [settings, server], lookAtVector);
  all.check("database role and name", [settings, server, stack], lookAtNames);
  all.check("database connections", [server], lookAtSessions);
  all.check("upkeep's certificate", [settings, server], (given) => lookAtUpkeepCertificate(given));
  all.check("migrations", [settings, stack, server], lookAtMigrations);

  const github = all.check("GitHub", [settings], lookAtGitHub);
  const login = all.check("GitHub token", [github], lookAtLogin);
  const owner = all.check("GitHub organization", [login], lookAtOwner);
  all.several("GitHub permissions", [owner], permissionItems);
  all.several("repositories and boards", [owner, settings, stack], availabilityItems);

  const overlay = all.check("overlay", [settings], (given) => renderOverlay(given, directory), overlayTime);
  all.check("secrets that services read", [overlay, settings, cluster, stack], lookAtSecrets);
  all.check("workflow services", [overlay, settings, cluster, stack], lookAtWorkflows);

  all.several("hosts", [settings, cluster], hostItems);
  return all;
}
