import type { Api } from "./api.ts";

/** ArgoCD's settings for marking the objects of an Application: its ConfigMap `argocd-cm`, as ArgoCD 3 reads it. */
export interface Settings {
  /** `annotation` where nobody has said otherwise. */
  readonly method: "annotation" | "label" | "annotation+label";
  readonly labelKey: string;
  /** Empty for none. */
  readonly installationId: string;
}

/** Read at each look, as ArgoCD follows a change of its settings without a restart. */
export async function readSettings(api: Api, namespace: string): Promise<Settings> {
  const data = (await api.configMap(namespace, "argocd-cm")) ?? {};
  const method = data["application.resourceTrackingMethod"];
  return {
    method: method === "label" || method === "annotation+label" ? method : "annotation",
    labelKey: data["application.instanceLabelKey"] || "app.kubernetes.io/instance",
    installationId: data["installationID"] ?? "",
  };
}
