import { isUtf8 } from "node:buffer";
import type { Kind } from "../lib/kubernetes/apiServer.ts";
import { readSecretData, servedKinds } from "../lib/kubernetes/apiServer.ts";
import { ApiError } from "../lib/kubernetes/request.ts";
import type { Access } from "../lib/kubernetes/login.ts";
import { type Problem, ProblemError } from "../lib/text/problem.ts";

/** A kind the program declares, and what to do in a cluster that does not know it. */
export interface NeededKind extends Kind {
  readonly remedy: string;
}

/** The kinds the cluster serves. @throws Error with one line for why nobody answered, and what to do */
export async function kindsOf(access: Access): Promise<Kind[]> {
  try {
    return await servedKinds(access);
  } catch (cause) {
    throw unanswered(`cluster ${access.server}: expected an answer`, cause);
  }
}

/**
 * The problem of a question to the cluster that failed.
 *
 * @param expected - as in `Namespace mesh-six: expected to read it`
 */
export function unanswered(expected: string, cause: unknown): ProblemError {
  return new ProblemError(
    { said: `${expected}, got ${told(cause)}`, remedy: clusterRemedy(cause) },
    { cause },
  );
}

/** The named keys of a Secret. @throws Error with one line for why they cannot be read, and what to do */
export async function secretData(
  access: Access,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  keys: readonly string[],
): Promise<Record<string, string>> {
  const data = await readSecretData(access, namespace, name).catch((cause: unknown) => {
    const expected = `Secret ${namespace}/${name}: expected to read it`;
    if (!(cause instanceof ApiError) || cause.status !== 404) throw unanswered(expected, cause);
    const remedy = "make it, or give another source to the entry of mesh-six:secrets that names it";
    throw new ProblemError({ said: `${expected}, got none`, remedy }, { cause });
  });
  const lacking = keys.filter((key) => data[key] === undefined);
  if (lacking.length > 0) {
    const got = Object.keys(data).join(", ") || "none";
    throw new ProblemError({
      said: `Secret ${namespace}/${name}: expected key ${lacking.join(", ")}, got ${got}`,
      remedy: "put it there, or name the right key in mesh-six:secrets",
    });
  }
  // Values go through the program as text, which would change what is none.
  const binary = keys.filter((key) => !isUtf8(data[key]!));
  if (binary.length > 0) {
    throw new ProblemError({
      said: `Secret ${namespace}/${name}: expected text in key ${binary.join(", ")}, got binary content`,
      remedy: "copy that Secret with kubectl, and take its entry out of mesh-six:secrets",
    });
  }
  return Object.fromEntries(keys.map((key) => [key, data[key]!.toString("utf8")]));
}

/** One problem for each needed kind that is not served in its version. */
export function missing(needed: readonly NeededKind[], served: readonly Kind[]): Problem[] {
  return needed
    .filter((kind) => !isServed(kind, served))
    .map(({ group, version, kind, remedy }) => {
      const ofGroup = served.filter((one) => one.group === group);
      const versions = new Set(
        ofGroup.filter((one) => [kind, "*"].includes(one.kind)).map((one) => one.version),
      );
      const others = ofGroup.length > 0 ? `${group} without ${kind}` : "none";
      const got = versions.size > 0 ? `${group}/${[...versions].join(", ")}` : others;
      return { said: `CRD ${kind}: expected the cluster to serve ${group}/${version}, got ${got}`, remedy };
    });
}

export function isServed(needed: Kind, served: readonly Kind[]): boolean {
  return served.some(
    (one) =>
      one.group === needed.group && one.version === needed.version && [needed.kind, "*"].includes(one.kind),
  );
}

function told(cause: unknown): string {
  if (cause instanceof ApiError && cause.status !== undefined) return `status ${cause.status}`;
  return cause instanceof Error ? cause.message : String(cause);
}

function clusterRemedy(cause: unknown): string {
  const status = cause instanceof ApiError ? cause.status : undefined;
  if (status === 401) return "the kubeconfig's log-in is not valid (any more): get a new one";
  if (status === 403) return "the kubeconfig's user lacks the right: use one that can read it";
  if (status !== undefined) return "run the same command again, or see the API server's own log";
  return "start it, or choose another: pulumi config set mesh-six:kubeconfig PATH, mesh-six:kubeContext NAME";
}
