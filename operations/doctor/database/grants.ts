import { Agent } from "node:https";
import { isAllowed, type ResourceAttributes } from "../../../lib/kubernetes/apiServer.ts";
import { ingressKinds } from "../../../preflight/kinds.ts";
import { isServed } from "../../../preflight/cluster.ts";
import type { Access } from "../../../lib/kubernetes/login.ts";
import type { Settings } from "../../../settings/settings.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type Finding, fail, type Item, pass } from "../examination.ts";

interface Grant extends Pick<ResourceAttributes, "group" | "resource" | "namespace"> {
  readonly verbs: readonly string[];
}

/** The verbs to declare an object: server-side apply needs create and patch both. */
const declare = ["get", "create", "patch", "delete"];
/** The verbs to wait until it is ready. */
const follow = ["list", "watch"];

/** One line for each kind, with the verbs the program uses. */
export function grantItems(settings: Settings, { access, kinds }: Cluster): Item[] {
  // Some sixty questions: one connection for each would cost more than the answers.
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const { options, server } = access;
  const kept = server.startsWith("https:") ? { server, options: { ...options, agent } } : access;
  const ingressGroup = ingressKinds(settings).find((kind) => isServed(kind, kinds))?.group;
  return grants(settings, ingressGroup).map((grant) => [titleOf(grant), () => lookAtGrant(grant, kept)]);
}

async function lookAtGrant(grant: Grant, access: Access): Promise<Finding> {
  const { verbs, ...what } = grant;
  const allowed = await Promise.all(verbs.map((verb) => isAllowed(access, { ...what, verb })));
  return judge(
    grant,
    verbs.filter((_, i) => allowed[i] !== true),
  );
}

function judge(grant: Grant, lacking: readonly string[]): Finding {
  if (lacking.length === 0) return pass(grant.verbs.join(", "));
  const where = grant.namespace === undefined ? "" : ` in ${grant.namespace}`;
  // A name for each: where several lack, none of the commands meets the role of another.
  const scope = grant.namespace === undefined ? "clusterrole" : `role -n ${grant.namespace}`;
  return fail(
    `${named(grant)}${where}: expected to be allowed ${grant.verbs.join(", ")}, got no ${lacking.join(", ")}`,
    `give the kubeconfig's user that: kubectl create ${scope} mesh-six-infra-${grant.resource} --resource=${named(grant)} --verb=${grant.verbs.join(",")}, and bind it to the user`,
  );
}

function titleOf(grant: Grant): string {
  return `permission ${named(grant)}${grant.namespace === undefined ? "" : ` in ${grant.namespace}`}`;
}

function named({ group, resource }: Grant): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function grants(settings: Settings, ingressGroup: string | undefined): Grant[] {
  const { namespace, argocd, secrets, eventLog } = settings;
  const sources = Object.values(secrets.sources);
  const within = (group: string, resource: string, verbs: readonly string[]) => ({
    group,
    resource,
    namespace,
    verbs,
  });
  const others = sources.flatMap((source) => (source.source === "cluster" ? [source.namespace] : []));
  return [
    { group: "", resource: "namespaces", verbs: declare },
    within("", "secrets", declare),
    within("", "configmaps", declare),
    within("", "services", [...declare, ...follow]),
    within("apps", "deployments", [...declare, ...follow]),
    // A Deployment is waited for by its Pods and their volumes, a Service by its endpoints. Without one of these the
    // Kubernetes plugin (4.34) waits forever, and says nothing.
    within("apps", "replicasets", follow),
    within("", "pods", follow),
    within("", "persistentvolumeclaims", follow),
    within("", "endpoints", follow),
    ...(eventLog.upkeep === undefined ? [] : [within("batch", "cronjobs", declare)]),
    within("dapr.io", "components", declare),
    within("dapr.io", "resiliencies", declare),
    ...(ingressGroup === undefined ? [] : [within(ingressGroup, "ingressroutes", declare)]),
    ...(sources.some(({ source }) => source === "vault")
      ? [within("external-secrets.io", "externalsecrets", declare)]
      : []),
    ...(argocd.enabled
      ? [
          {
            group: "argoproj.io",
            resource: "applications",
            namespace: argocd.namespace,
            verbs: declare,
          },
        ]
      : []),
    ...[...new Set(others)].map((other) => ({
      group: "",
      resource: "secrets",
      namespace: other,
      verbs: ["get"],
    })),
  ];
}
