import { createHash } from "node:crypto";
import { readObject } from "../../../lib/kubernetes/apiServer.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import { isServed } from "../../../preflight/cluster.ts";
import { parseConnection } from "../../../lib/postgres/connection.ts";
import { databaseSecret } from "../../../settings/secrets/standard.ts";
import type { Settings } from "../../../settings/settings.ts";
import type { Cluster } from "./cluster.ts";
import { type Finding, fail, NotChecked, pass, skipped, warn } from "../examination.ts";

interface Store {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** Whether the store is there and reaches Vault, where any Secret comes from there. */
export async function lookAtStore(settings: Settings, { access, kinds }: Cluster): Promise<Finding> {
  const { sources, store } = settings.secrets;
  if (!Object.values(sources).some(({ source }) => source === "vault"))
    return skipped("no secret has the source vault");
  const path = `/apis/external-secrets.io/v1/clustersecretstores/${store}`;
  let found: Store | undefined;
  try {
    found = await readObject<Store>(access, path);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    const grant =
      "kubectl create clusterrole --resource=clustersecretstores.external-secrets.io --verb=get NAME";
    return warn("not to be read by the kubeconfig's user", grant);
  }
  if (found === undefined) {
    const operator = { group: "external-secrets.io", version: "v1", kind: "ExternalSecret" };
    if (!isServed(operator, kinds)) throw new NotChecked("CRD ExternalSecret");
    return fail(
      `ClusterSecretStore ${store}: expected one, got none`,
      "make it (External Secrets Operator, provider vault), or name another: pulumi config set mesh-six:secretStore NAME",
    );
  }
  const ready = found.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return pass("ready");
  const got = ready === undefined ? "no word of the operator" : `not ready (${ready.message ?? ""})`;
  return fail(
    `ClusterSecretStore ${store}: expected it to be ready, got ${got}`,
    `kubectl describe clustersecretstore ${store}`,
  );
}

interface Secret {
  readonly data?: Readonly<Record<string, string>>;
}

/** Pairs of keys, of mesh-six-secrets and of postgres-secret, with the same value. */
const pairs = [
  ["PG_USER", "username"],
  ["PG_PASSWORD", "password"],
] as const;

/** Whether services that log in to the database by Vault's Secret are let in; nothing of either is shown. */
export async function lookAtLogins(settings: Settings, { access }: Cluster): Promise<Finding> {
  const { namespace } = settings;
  const read = (name: string) =>
    readObject<Secret>(access, `/api/v1/namespaces/${namespace}/secrets/${name}`);
  const [others, ours] = await Promise.all([read("mesh-six-secrets"), read(databaseSecret)]);
  const first = ours === undefined ? databaseSecret : "mesh-six-secrets";
  if (others === undefined || ours === undefined)
    return skipped(`${first} is not there yet: compared when it is`);
  const login = settings.inPlain().database;
  // The role's password is given by the operator here, so that what is to come is known already.
  const coming = "url" in login ? parseConnection(login.url) : undefined;
  const expected = (key: "username" | "password") =>
    coming === undefined
      ? ours.data?.[key]
      : Buffer.from(key === "username" ? coming.user : coming.password).toString("base64");
  const differing = pairs.filter(
    ([theirs, key]) =>
      others.data?.[theirs] !== undefined && digest(others.data[theirs]) !== digest(expected(key)),
  );
  if (differing.length === 0) return pass("agree with postgres-secret");
  const names = differing.map(([theirs]) => theirs).join(" and ");
  const properties = differing.map(([theirs]) => theirs.toLowerCase().replace("_", "-")).join(" and ");
  return fail(
    `Secret ${namespace}/mesh-six-secrets: expected ${names} as in postgres-secret, got other ones`,
    `put username and password of postgres-secret into Vault as ${properties}; services log in by either`,
  );
}

/** Compared by digest, so that no message of a failing comparison could carry a value. */
function digest(text: string | undefined): string {
  return createHash("sha256")
    .update(text ?? "")
    .digest("hex");
}
