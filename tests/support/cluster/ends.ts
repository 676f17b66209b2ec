import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { TestCluster } from "./cluster.ts";

/** Everything a take-over may change, each object by `Kind namespace/name`. */
type End = Readonly<Record<string, unknown>>;

interface Live {
  readonly kind: string;
  readonly metadata: Record<string, unknown> & {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
  };
  readonly data?: Record<string, string>;
  readonly status?: unknown;
}

const kinds = [
  ...["deployments", "services", "configmaps", "secrets", "cronjobs", "persistentvolumeclaims"],
  ...["components", "resiliencies", "configurations.dapr.io", "ingressroutes", "externalsecrets"],
].join(",");

/** Fields that differ between any two runs. */
const ofOneRun = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"];

/** Values that each cluster, database and GitHub generates: compared is only whether they are set. */
const generated: readonly { readonly at: RegExp; readonly of?: RegExp }[] = [
  { at: /^spec\.clusterIPs?$/ },
  // The certificate of the cluster's own authority.
  { at: /^data\.ca\.crt$/ },
  // Fingerprints of Secrets with generated values, and of settings with ports in them.
  { at: /\.annotations\.mesh-six\/[^.]+$/ },
  { at: /\.env\.PGPORT\.value$/ },
  { at: /\.value$|\.patch$/, of: /PVT[A-Z]*_[\w-]+|(?<=mesh-six\/[\w-]+: "?)[0-9a-f]{16,64}/g },
];

/** Annotations about the last apply of an object, not about the object. */
const ofTheApplier = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "deployment.kubernetes.io/revision",
];

/**
 * Writes how the namespace looks now, for `npm test -- --operators` to compare with the same moment of another run;
 * does nothing in any other run.
 *
 * @param moment - the name of the moment, the same in each run
 */
export async function recordEnd(cluster: TestCluster, moment: string, namespace = "mesh-six"): Promise<void> {
  const folder = process.env["MESH_SIX_ENDS"];
  if (folder === undefined) return;
  const lists = await Promise.all([
    cluster.get<{ items: Live[] }>(kinds, "-n", namespace),
    cluster.get<{ items: Live[] }>("applications", "-n", "argocd"),
  ]);
  const end = Object.fromEntries(
    lists
      .flatMap(({ items }) => items)
      .map((object) => [
        `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`,
        comparable(object),
      ]),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${moment}.json`), JSON.stringify(end, undefined, 2));
}

/** The object as it is to be found again after another run. */
export function comparable(object: Live): unknown {
  const { metadata, data, ...rest } = object;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => !ofTheApplier.includes(name)),
  );
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => !ofOneRun.includes(name)));
  return {
    ...(object.kind === "Application" ? withoutRepository(rest) : rest),
    metadata: { ...kept, annotations },
    // Two runs are never looked at in the same moment.
    status: undefined,
    // Values are generated again by each run.
    ...(data === undefined ? {} : { data: object.kind === "Secret" ? Object.keys(data).sort() : data }),
  };
}

/** Each sandbox has a repository of its own, and the stand-in looks at none. */
function withoutRepository(application: object): object {
  const copy = structuredClone(application) as { spec?: { source?: { repoURL?: string } } };
  delete copy.spec?.source?.repoURL;
  return copy;
}

/** One line for each object that two runs left differently, with the fields; and for each moment only one has. */
export function compareEnds(first: string, second: string): string[] {
  const moments = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  return [...new Set([...moments(first), ...moments(second)])].sort().flatMap((file) => {
    const [a, b] = [first, second].map((folder) => read(join(folder, file)));
    if (a === undefined || b === undefined) return [`${file}: recorded by one run only`];
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return names.flatMap((name) => {
      const fields = differences(a[name], b[name]);
      return fields.length === 0 ? [] : [`${file}: ${name}: ${fields.join("; ")}`];
    });
  });
}

function read(path: string): End | undefined {
  if (!existsSync(path)) return undefined;
  const end = JSON.parse(readFileSync(path, "utf8")) as End;
  return Object.fromEntries(Object.entries(end).map(([name, object]) => [name, withoutGenerated(object)]));
}

/**
 * The object with generated values replaced. Lists of things with a name, such as a container's environment, become
 * objects: the order depends on who applied them and how, and means nothing.
 */
export function withoutGenerated(value: unknown, path = ""): unknown {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  const rule = generated.find(({ at }) => at.test(path));
  if (rule !== undefined && value !== undefined) {
    if (rule.of === undefined) return "generated";
    return typeof value === "string" ? value.replaceAll(rule.of, "generated") : value;
  }
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isNamed))
      return Object.fromEntries(value.map((item) => [item.name, withoutGenerated(item, below(item.name))]));
    return value.map((item, i) => withoutGenerated(item, below(String(i))));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutGenerated(inner, below(name))]),
  );
}

function isNamed(item: unknown): item is { readonly name: string } {
  return isObject(item) && typeof item["name"] === "string";
}

/** The paths at which the two differ, with both values. */
export function differences(a: unknown, b: unknown, path = ""): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (isObject(a) && isObject(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return names.flatMap((name) => differences(a[name], b[name], path === "" ? name : `${path}.${name}`));
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((item, i) => differences(item, b[i], `${path}.${String(i)}`));
  return [`${path === "" ? "the object" : path}: ${told(a)} or ${told(b)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function told(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
