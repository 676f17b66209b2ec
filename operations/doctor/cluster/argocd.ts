import { readObject } from "../../../lib/kubernetes/apiServer.ts";
import { unlessForbidden } from "../../../lib/kubernetes/request.ts";
import { isServed } from "../../../preflight/cluster.ts";
import { lookAtInstallation } from "../../../preflight/application/installation.ts";
import { wantedApplication } from "../../../preflight/application/wanted.ts";
import type { Settings } from "../../../settings/settings.ts";
import { type Cluster, type Ending, ending, isEnding } from "./cluster.ts";
import type { Stack } from "../stack.ts";
import { type Finding, fail, failures, pass, severally, skipped, warn } from "../examination.ts";

/** Since this version an Application's source may bring kustomize patches of its own. */
const oldest = { major: 2, minor: 9 };

/** Argo's other products share its group. */
const applicationKind = { group: "argoproj.io", version: "v1alpha1", kind: "Application" };

interface Workloads {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
    };
  }[];
}

interface Definition {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly schema?: unknown }[] };
}

/**
 * Whether ArgoCD knows the kustomize patches by which each object has one owner: by the version of its images,
 * and by the Application's definition, from which the API server would drop a field it does not know.
 */
export async function lookAtArgoCd(settings: Settings, { access, kinds }: Cluster): Promise<Finding> {
  const { namespace, enabled } = settings.argocd;
  if (!enabled) return skipped("mesh-six:argocdEnabled is false");
  const upgrade = "upgrade ArgoCD to 2.9 or later, with its definitions";
  const definition = await unlessForbidden(
    readObject<Definition>(
      access,
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/applications.argoproj.io",
    ),
  );
  if (!isServed(applicationKind, kinds)) return skipped("not installed: see the CRDs");
  const schema = definition?.spec.versions.find(({ name }) => name === "v1alpha1")?.schema;
  if (schema !== undefined && !knowsPatches(schema)) {
    return fail(
      "Application's definition: expected spec.source.kustomize.patches (ArgoCD 2.9), got one without",
      upgrade,
    );
  }
  const lists = await Promise.all(
    ["deployments", "statefulsets"].map((kind) =>
      unlessForbidden(readObject<Workloads>(access, `/apis/apps/v1/namespaces/${namespace}/${kind}`)),
    ),
  );
  const versions = lists
    .flatMap((list) => list?.items ?? [])
    .flatMap(({ metadata: { name }, spec }) =>
      spec.template.spec.containers.flatMap(({ image }) => {
        // Not what only helps it, as argocd-image-updater, which counts its versions by itself.
        const found = /(?:^|\/)argo-?cd:v?(\d+)\.(\d+)(\.\d+)?/.exec(image);
        return found ? [{ name, major: Number(found[1]), minor: Number(found[2]) }] : [];
      }),
    );
  const old = versions.find(
    ({ major, minor }) => major < oldest.major || (major === oldest.major && minor < oldest.minor),
  );
  if (old !== undefined) {
    return fail(
      `${namespace}/${old.name}: expected ArgoCD 2.9 or later, got ${old.major}.${old.minor}`,
      upgrade,
    );
  }
  const [one] = versions;
  const known = schema === undefined ? "" : "its definition knows kustomize patches";
  if (one !== undefined) return pass([`${one.major}.${one.minor}`, known].filter(Boolean).join("; "));
  if (schema !== undefined) return pass(`${known}; no image in ${namespace} tells the version`);
  return warn(
    `ArgoCD in ${namespace}: expected 2.9 or later, got no version: neither its images nor its definition can be read`,
    `kubectl get deployment argocd-server -n ${namespace} -o jsonpath='{..image}'`,
  );
}

/** Whether the Application is free, ours, or to be taken over, and fits the settings. */
export async function lookAtApplication(
  settings: Settings,
  { access, kinds }: Cluster,
  { made }: Stack,
  stack: string,
): Promise<Finding> {
  const { argocd, adopt, namespace: own } = settings;
  const { namespace, application, enabled } = argocd;
  if (!enabled) return skipped("mesh-six:argocdEnabled is false");
  if (!isServed(applicationKind, kinds)) return skipped("not installed: see the CRDs");
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${application}`;
  const found = await readObject<Ending>(access, path);
  if (isEnding(found)) {
    return ending(`Application ${namespace}/${application}`, `application ${application} -n ${namespace}`);
  }
  // The stack's own namespace is made before; that of ArgoCD comes with ArgoCD.
  if (found === undefined && namespace !== own && (await isAbsent(access, namespace))) {
    return fail(
      `namespace ${namespace}: expected that of ArgoCD, got none`,
      "name the one where ArgoCD runs: pulumi config set mesh-six:argocdNamespace NAME",
    );
  }
  const isMade = made.has("kubernetes:argoproj.io/v1alpha1:Application", application);
  // The state holds one Application: of that name, it is the one found.
  const look = lookAtInstallation(access, wantedApplication(settings, stack), () => Promise.resolve(isMade));
  const { problems, notices } = await look;
  if (problems.length > 0) return failures(problems);
  if (adopt && notices.length > 0) return severally("warn", notices);
  if (isMade) return pass("made by this stack");
  if (found === undefined) return pass("not there yet: pulumi up makes it");
  if (adopt) return pass("there already: pulumi up takes it over");
  return fail(
    `Application ${namespace}/${application}: expected none, got one that this stack did not make`,
    "to take over what is there: pulumi config set mesh-six:adopt true",
  );
}

/** Without the right to read namespaces, the API server refuses the first object in it. */
async function isAbsent(access: Cluster["access"], namespace: string): Promise<boolean> {
  const found = await readObject(access, `/api/v1/namespaces/${namespace}`).catch(() => "unknown");
  return found === undefined;
}

function knowsPatches(schema: unknown): boolean {
  const path = ["openAPIV3Schema", "spec", "source", "kustomize", "patches"];
  const found = path.reduce<unknown>((at, field, depth) => {
    const within = depth === 0 ? at : (at as { properties?: unknown } | undefined)?.properties;
    return (within as Record<string, unknown> | undefined)?.[field];
  }, schema);
  return found !== undefined;
}
