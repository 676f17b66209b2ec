/** The versions everything is held to. The Go modules beside this file name the same ones (a test compares). */
export const versions = {
  /** Pulumi's engine and CLI: github.com/pulumi/pulumi/pkg/v3 */
  engine: "3.276.0",
  /** k8s.io/kubernetes */
  kubernetes: "1.37.2",
  /** go.etcd.io/etcd/server/v3 */
  etcd: "3.7.3",
  /** sigs.k8s.io/kwok */
  kwok: "0.8.0",
  /** github.com/argoproj/argo-cd/v3: 3.2.12 does not compile as a module, and from 3.3 on a submodule is not served. */
  argocd: "3.2.11",
  /** sigs.k8s.io/kustomize/kustomize/v5: the release that goes with Argo CD's own kustomize libraries. */
  kustomize: "5.7.1",
  /** github.com/alicebob/miniredis/v2 */
  miniredis: "2.40.0",
  /** github.com/johannesboyne/gofakes3 */
  gofakes3: "1.2.0",
  /** github.com/pulumi/pulumi-kubernetes/provider/v4: the newest the Go proxy serves; it has no tags of its own. */
  kubernetesPlugin: "4.0.0-20260115033456-f47bc2d6f199",
  /** github.com/rhysd/actionlint */
  actionlint: "1.7.12",
  /** The oldest Go that the engine compiles with. */
  go: "1.26.6",
} as const;

/** Compares two versions of numbers and points ("3.276.0"): negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
