import { application } from "../../../support/cluster/applications.ts";
import { eventually, type TestCluster } from "../../../support/cluster/cluster.ts";
import { ByPerson } from "./byPerson.ts";
import type { Installation } from "./table.ts";

/** Adds to argocd-cm; what another case set is taken out again. */
export async function configure(
  cluster: TestCluster,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const none = { "application.resourceTrackingMethod": null, "application.instanceLabelKey": null };
  const data = { ...none, installationID: null, ...settings };
  const patch = ["--type=merge", "-p", JSON.stringify({ data })];
  const at = ["-n", "argocd"];
  await cluster
    .kubectl([...at, "patch", "configmap", "argocd-cm", ...patch])
    .catch(() => cluster.kubectl([...at, "create", "configmap", "argocd-cm"]))
    .then(() => cluster.kubectl([...at, "patch", "configmap", "argocd-cm", ...patch]));
}

/** Makes the installation in a namespace, and waits until ArgoCD has deployed it. @returns its Application */
export async function install(
  cluster: TestCluster,
  namespace: string,
  what: Omit<Installation, "what">,
): Promise<ByPerson> {
  const name = `${what.prefix ?? ""}${namespace}`;
  const { metadata, spec, ...header } = application(name);
  const kustomize = { namespace, ...(what.patches === undefined ? {} : { patches: what.patches }) };
  const { server, ...place } = { ...spec.destination, namespace };
  await cluster.apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ...(what.others ?? []).map((one) => {
      const object = one as { readonly metadata: object };
      return { ...object, metadata: { ...object.metadata, namespace } };
    }),
  );
  const automated = { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] };
  const syncPolicy = what.syncPolicy ?? automated;
  await cluster.apply({
    ...header,
    metadata: { ...metadata, annotations: what.annotations ?? {}, finalizers: what.finalizers ?? [] },
    spec: {
      ...spec,
      source: { ...spec.source, kustomize },
      destination: what.destination === undefined ? { server, ...place } : { ...place, ...what.destination },
      syncPolicy,
    },
  });
  const person = new ByPerson(cluster, name);
  if (!("automated" in syncPolicy)) await person.syncByHand();
  await eventually(`${name} is deployed`, async () => {
    // Not "Synced": what others default in an object stays a difference where ArgoCD applies on the server's side.
    const { status } = await person.application();
    return status?.operationState?.phase === "Succeeded" ? true : undefined;
  });
  if (what.onObjects !== undefined) {
    const change = JSON.stringify({ metadata: what.onObjects });
    for (const object of ["component/agent-pubsub", "ingressroute/dashboard"])
      await cluster.kubectl(["-n", namespace, "patch", object, "--type=merge", "-p", change]);
  }
  return person;
}
