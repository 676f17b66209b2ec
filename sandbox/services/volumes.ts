import type { ApiClient, Manifest } from "./apiClient.ts";

/** One for each claim that can be bound at once; each `up` puts back those that deleted claims have used up. */
const names = Array.from({ length: 16 }, (_, i) => `sandbox-${String(i + 1)}`);

const paths = {
  StorageClass: "/apis/storage.k8s.io/v1/storageclasses",
  PersistentVolume: "/api/v1/persistentvolumes",
} as const;

/** The class of claims that name none. */
const storageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "kubernetes.io/no-provisioner",
} as const satisfies Manifest;

/**
 * A volume larger than any claim. No container runs, so nothing is ever written, and the folder does not exist.
 * It lies below /tmp because Kubernetes deletes volumes of this kind only there.
 */
function volume(name: string) {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      storageClassName: storageClass.metadata.name,
      accessModes: ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"],
      capacity: { storage: "1Pi" },
      persistentVolumeReclaimPolicy: "Delete",
      hostPath: { path: `/tmp/mesh-six-sandbox-no-such-volume/${name}` },
    },
  } as const satisfies Manifest;
}

/**
 * Makes the default storage class and the volumes that are missing, so that claims get bound. Kubernetes' own
 * provisioner would leave folders outside the sandbox.
 *
 * @returns how many objects were written
 */
export async function prepareVolumes(client: ApiClient): Promise<number> {
  const [classes, volumes] = await Promise.all([
    namesIn(client, paths.StorageClass),
    namesIn(client, paths.PersistentVolume),
  ]);
  const missing = [
    ...(classes.has(storageClass.metadata.name) ? [] : [storageClass]),
    ...names.filter((name) => !volumes.has(name)).map(volume),
  ];
  await Promise.all(
    missing.map((object) => client.apply(`${paths[object.kind]}/${object.metadata.name}`, object)),
  );
  return missing.length;
}

async function namesIn(client: ApiClient, path: string): Promise<Set<string>> {
  const list = (await client.get(path)) as { items: readonly Manifest[] };
  return new Set(list.items.map(({ metadata }) => metadata.name));
}
