import { at, type Declared, isRecord, isUnknown, records } from "./resource.ts";

/** Where each kind of workload keeps its Pod's specification. */
const podSpecs: readonly (readonly [type: RegExp, path: readonly string[]])[] = [
  [/^kubernetes:core\/v1:Pod$/, ["spec"]],
  [/^kubernetes:core\/v1:ReplicationController$/, ["spec", "template", "spec"]],
  [
    /^kubernetes:(apps|extensions)\/\w+:(Deployment|StatefulSet|DaemonSet|ReplicaSet)$/,
    ["spec", "template", "spec"],
  ],
  [/^kubernetes:batch\/\w+:Job$/, ["spec", "template", "spec"]],
  [/^kubernetes:batch\/\w+:CronJob$/, ["spec", "jobTemplate", "spec", "template", "spec"]],
];

type Container = Readonly<Record<string, unknown>>;

/** Every container runs as a user that is not root, cannot become root, and may use so much and no more. */
export function boundedWorkload({ type, props }: Declared): string[] {
  const path = podSpecs.find(([pattern]) => pattern.test(type))?.[1];
  if (path === undefined) return [];
  const spec = at(props, ...path);
  if (!isRecord(spec)) return [];
  return ["initContainers", "containers"].flatMap((list) =>
    records(spec[list]).flatMap((container) => {
      const name = typeof container["name"] === "string" ? container["name"] : "?";
      return problems(spec, container).map((problem) => `container ${name}: ${problem}`);
    }),
  );
}

function problems(spec: Container, container: Container): string[] {
  const found: string[] = [];
  const own = at(container, "securityContext");
  // What the container says goes before what its Pod says.
  const setting = (name: string) => at(own, name) ?? at(spec, "securityContext", name);
  const user = setting("runAsUser");
  if (setting("runAsNonRoot") !== true || user === 0) {
    found.push(
      `securityContext.runAsNonRoot: expected true${user === 0 ? " and a runAsUser other than 0" : ""}; it may run as root`,
    );
  }
  if (at(own, "privileged") === true) found.push("securityContext.privileged: expected false, got true");
  if (at(own, "allowPrivilegeEscalation") !== false) {
    found.push("securityContext.allowPrivilegeEscalation: expected false; it may become root");
  }
  for (const resource of ["cpu", "memory"]) {
    const limit = at(container, "resources", "limits", resource);
    const unset = limit === undefined || limit === "" || limit === null;
    if (unset && !isUnknown(at(container, "resources")) && !isUnknown(at(container, "resources", "limits"))) {
      found.push(`resources.limits.${resource}: expected a limit, got none; it may starve the node`);
    }
  }
  return found;
}
