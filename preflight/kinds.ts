import type { Settings } from "../settings/settings.ts";
import type { NeededKind } from "./cluster.ts";

const dapr =
  "install Dapr: helm upgrade --install dapr dapr --repo https://dapr.github.io/helm-charts -n dapr-system --create-namespace";
const argocd = "install ArgoCD, or pulumi config set mesh-six:argocdEnabled false";
const externalSecrets =
  "install External Secrets 0.16 or later, or choose other sources: pulumi config set --path mesh-six:secrets.NAME.source config";
const traefik = "install Traefik with its CRDs (k3s brings it along)";

/** The custom kinds the program declares under these settings. */
export function neededKinds(settings: Settings): NeededKind[] {
  const kinds = [
    { group: "dapr.io", version: "v1alpha1", kind: "Component", remedy: dapr },
    { group: "dapr.io", version: "v1alpha1", kind: "Resiliency", remedy: dapr },
  ];
  if (settings.argocd.enabled) {
    kinds.push({ group: "argoproj.io", version: "v1alpha1", kind: "Application", remedy: argocd });
  }
  if (Object.values(settings.secrets.sources).some(({ source }) => source === "vault")) {
    kinds.push({
      group: "external-secrets.io",
      version: "v1",
      kind: "ExternalSecret",
      remedy: externalSecrets,
    });
  }
  return kinds;
}

/** The kinds of which the cluster must serve one: IngressRoute under the group set, or under either. */
export function ingressKinds(settings: Settings): NeededKind[] {
  const { apiGroup } = settings.ingress;
  const groups = apiGroup === "auto" ? ["traefik.io", "traefik.containo.us"] : [apiGroup];
  const remedy =
    apiGroup === "auto" ? traefik : `${traefik}, or pulumi config set mesh-six:ingressApiGroup auto`;
  return groups.map((group) => ({ group, version: "v1alpha1", kind: "IngressRoute", remedy }));
}
