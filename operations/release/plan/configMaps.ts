import { readObject } from "../../../lib/kubernetes/apiServer.ts";
import type { Access } from "../../../lib/kubernetes/login.ts";
import type { Manifest } from "../../doctor/cluster/overlay.ts";
import { type Fields, fields, nodes, readers, text } from "../../doctor/cluster/references.ts";

interface Reference {
  readonly name: string;
  /** Undefined where the whole ConfigMap is taken. */
  readonly key: string | undefined;
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly binaryData?: Readonly<Record<string, unknown>>;
}

/** ConfigMaps, and keys of them, that the overlay's services read and neither the overlay nor the cluster has. */
export async function missingConfigMaps(
  objects: readonly Manifest[],
  namespace: string,
  access: Access,
): Promise<string[]> {
  const own = new Map(
    objects.filter(({ kind }) => kind === "ConfigMap").map((one) => [one.metadata.name, keysOf(one)]),
  );
  const live = new Map<string, readonly string[] | undefined>();
  const found = new Set<string>();
  for (const object of objects.filter(({ kind }) => readers.includes(kind))) {
    const by = `${object.kind} ${object.metadata.name}`;
    for (const { name, key } of [...nodes(object.spec)].flatMap(referencesOf)) {
      if (!own.has(name) && !live.has(name)) {
        const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
        const there = await readObject<ConfigMap>(access, path);
        live.set(name, there === undefined ? undefined : keysOf(there));
      }
      const keys = own.get(name) ?? live.get(name);
      if (keys !== undefined && (key === undefined || keys.includes(key))) continue;
      const got = keys === undefined ? "none" : `keys ${keys.join(", ") || "none"}`;
      found.add(
        `ConfigMap ${name}${key === undefined ? "" : ` key ${key}`} for ${by}: expected it in the overlay or in the cluster, got ${got}; add it to the overlay`,
      );
    }
  }
  return [...found];
}

function keysOf({ data, binaryData }: ConfigMap): string[] {
  return Object.keys({ ...data, ...binaryData });
}

/** As a container's environment, all of it, or a volume names them. */
function referencesOf(node: Fields): Reference[] {
  const named = (field: string): { name: string; of: Fields }[] => {
    const of = fields(node[field]);
    const name = text(of?.["name"]);
    return of === undefined || name === undefined || of["optional"] === true ? [] : [{ name, of }];
  };
  return [
    ...named("configMapKeyRef").map(({ name, of }) => ({ name, key: text(of["key"]) })),
    ...named("configMapRef").map(({ name }) => ({ name, key: undefined })),
    ...named("configMap").flatMap(({ name, of }) =>
      (Array.isArray(of["items"]) ? of["items"].map(fields) : [undefined]).map((item) => ({
        name,
        key: text(item?.["key"]),
      })),
    ),
  ];
}
