/** The versions everything is held to. The Go modules beside this file name the same ones (a test compares). */
export const versions = {
  /** Pulumi's engine and CLI: github.com/pulumi/pulumi/pkg/v3 */
  engine: "3.250.0",
  /** k8s.io/kubernetes */
  kubernetes: "1.36.1",
  /** go.etcd.io/etcd/server/v3 */
  etcd: "3.6.8",
  /** sigs.k8s.io/kwok */
  kwok: "0.8.0",
  /** github.com/rhysd/actionlint */
  actionlint: "1.7.12",
  /** The oldest Go that k8s.io/kubernetes compiles with. */
  go: "1.26.0",
} as const;

/** Compares two versions of numbers and points ("3.250.0"): negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
