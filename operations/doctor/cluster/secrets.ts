import { readObject } from "../../../lib/kubernetes/apiServer.ts";
import { partOfMeshSix } from "../../../components/cluster/metadata.ts";
import { daprObjects } from "../../../components/daprComponents.ts";
import { databaseSecret } from "../../../settings/secrets/standard.ts";
import { finish } from "../../../settings/secrets/kinds.ts";
import type { Problem } from "../../../lib/text/problem.ts";
import type { SecretSource, Settings } from "../../../settings/settings.ts";
import type { Cluster } from "./cluster.ts";
import { type Finding, failures, pass } from "../examination.ts";
import type { Manifest } from "./overlay.ts";
import { type Reference, secretReferences } from "./references.ts";
import type { Stack } from "../stack.ts";

/** Keys by Secret; undefined where whoever makes it decides on them. */
type Keys = ReadonlyMap<string, readonly string[] | undefined>;

interface LiveSecret {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

/** Whether every Secret and key that the overlay's services and our own objects read will be there. */
export async function lookAtSecrets(
  objects: readonly Manifest[],
  settings: Settings,
  { access }: Cluster,
  { made }: Stack,
): Promise<Finding> {
  const ours = declaredKeys(settings);
  const theirs = overlayKeys(objects);
  const references = [...ownReferences(settings), ...secretReferences(objects.filter(staysTheirs(settings)))];
  const names = [...new Set(references.map(({ secret }) => secret))];
  const live = new Map(
    await Promise.all(
      names.map(async (name) => {
        const path = `/api/v1/namespaces/${settings.namespace}/secrets/${name}`;
        return [name, await readObject<LiveSecret>(access, path)] as const;
      }),
    ),
  );
  const problems = references.flatMap((reference) => {
    const found = live.get(reference.secret);
    const declared = ours.has(reference.secret);
    const problem =
      lacking(reference, ours) ??
      (declared
        ? drifted(reference, found, made.has("kubernetes:core/v1:Secret", reference.secret))
        : absent(reference, theirs, found));
    return problem === undefined ? [] : [{ reference, problem }];
  });
  if (problems.length === 0) return pass(`${references.length} references to ${names.length} Secrets`);
  const lines = problems.map(({ reference: { secret, key, by }, problem: { said, remedy } }) => ({
    said: `Secret ${secret}${key === undefined ? "" : ` key ${key}`} for ${by}: ${said}`,
    remedy,
  }));
  return failures(lines.filter(({ said }, at) => lines.findIndex((one) => one.said === said) === at));
}

/** The problem of a Secret that this program makes. */
function lacking({ secret, key }: Reference, ours: Keys): Problem | undefined {
  const keys = ours.get(secret);
  if (keys === undefined || key === undefined || keys.includes(key)) return undefined;
  return {
    said: `expected that key, got ${keys.join(", ")} from the settings`,
    remedy: `add it to the Secret's keys: pulumi config set --path 'mesh-six:secrets.${secret}.keys', or correct the overlay`,
  };
}

/** The problem of a Secret that this program made, and that has lost a part since. */
function drifted({ key }: Reference, found: LiveSecret | undefined, isMade: boolean): Problem | undefined {
  const missing = found === undefined ? isMade : key !== undefined && found.data?.[key] === undefined;
  if (!missing) return undefined;
  return { said: "expected it in the cluster, got none", remedy: "put it back: pulumi up --refresh" };
}

/** The problem of a Secret that others make: the overlay, or people. */
function absent(
  { secret, key }: Reference,
  theirs: Keys,
  found: LiveSecret | undefined,
): Problem | undefined {
  // An object with our labels that is declared no more goes with the next run.
  const stays = found !== undefined && !isOurs(found);
  if (stays && (key === undefined || found.data?.[key] !== undefined)) return undefined;
  const keys = theirs.get(secret);
  if (theirs.has(secret) && (keys === undefined || key === undefined || keys.includes(key))) return undefined;
  const have = stays ? Object.keys(found.data ?? {}) : keys;
  return {
    said: `expected it, got ${have === undefined ? "none" : have.join(", ") || "an empty one"}`,
    remedy: `make it, or give it a source: pulumi config set --path mesh-six:secrets.${secret}.source config`,
  };
}

function isOurs({ metadata: { labels } }: LiveSecret): boolean {
  return Object.entries(partOfMeshSix).every(([name, value]) => labels?.[name] === value);
}

/** The Secrets that our own objects read, as the components declare them. */
function ownReferences({ dapr, dashboard, eventLog: { upkeep } }: Settings): Reference[] {
  const key = ".dockerconfigjson";
  const pulls = (secret: string | undefined, by: string) => (secret ? [{ secret, key, by }] : []);
  return [
    ...secretReferences(daprManifests(dapr)),
    ...pulls(dashboard.pullSecret, "Deployment dashboard"),
    ...pulls(upkeep?.pullSecret, "the event log's CronJob"),
  ];
}

function daprManifests(dapr: Settings["dapr"]): Manifest[] {
  return daprObjects(dapr).map(({ kind, name, content }) => ({
    ...{ apiVersion: "dapr.io/v1alpha1", kind, metadata: { name } },
    ...content,
  }));
}

/** The overlay's objects that this program does not take out of it. */
function staysTheirs({ secrets, dapr }: Settings): (object: Manifest) => boolean {
  const taken = daprManifests(dapr).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const external = Object.values(secrets.sources).flatMap((source) =>
    source.source === "vault" ? [source.externalSecret] : [],
  );
  return ({ kind, metadata: { name } }) =>
    !taken.includes(`${kind} ${name}`) &&
    !(kind === "Deployment" && name === "dashboard") &&
    !(kind === "ExternalSecret" && external.includes(name));
}

function declaredKeys({ secrets }: Settings): Keys {
  const keys = new Map<string, readonly string[]>([[databaseSecret, ["url", "username", "password"]]]);
  for (const [name, source] of Object.entries(secrets.sources)) {
    // The values do not matter: which keys come of the parts, the kind itself says.
    const parts = Object.fromEntries(partsOf(source).map((part) => [part, ""]));
    keys.set(name, Object.keys(finish(parts, source.kind, secrets)));
  }
  return keys;
}

function partsOf(source: SecretSource): readonly string[] {
  if (source.source === "config") return Object.keys(source.values);
  return source.source === "generated" ? source.keys : Object.keys(source.keys);
}

/** Secrets that come of the overlay itself. */
function overlayKeys(objects: readonly Manifest[]): Keys {
  const keys = new Map<string, readonly string[] | undefined>();
  for (const { kind, metadata, spec, data, stringData } of objects) {
    if (kind === "Secret") keys.set(metadata.name, Object.keys({ ...data, ...stringData }));
    if (kind === "SealedSecret") keys.set(metadata.name, undefined);
    if (kind !== "ExternalSecret") continue;
    const {
      target,
      data: entries,
      dataFrom,
    } = (spec ?? {}) as {
      readonly target?: { readonly name?: string; readonly template?: unknown };
      readonly data?: readonly { readonly secretKey: string }[];
      readonly dataFrom?: unknown;
    };
    const open = dataFrom !== undefined || target?.template !== undefined;
    keys.set(target?.name ?? metadata.name, open ? undefined : (entries ?? []).map((one) => one.secretKey));
  }
  return keys;
}
