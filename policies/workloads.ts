import { isUnknown } from "../lib/pulumi/unknown.ts";
import { at, type Declared, isRecord, records } from "./declaredResource.ts";

/** Path of the Pod's specification in each kind of workload. */
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
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    records(spec[list]).flatMap((container) => {
      const name = typeof container["name"] === "string" ? container["name"] : "?";
      const found = [
        ...rootProblems(spec, container),
        // Kubernetes takes no limits for one that is added to a running Pod.
        ...(list === "ephemeralContainers" ? [] : limitProblems(spec, container)),
      ];
      return found.map((problem) => `container ${name}: ${problem}`);
    }),
  );
}

function rootProblems(spec: Container, container: Container): string[] {
  const found: string[] = [];
  const own = at(container, "securityContext");
  // A container's setting wins over its Pod's.
  const setting = (name: string) => known(own, name) ?? known(spec["securityContext"], name);
  const user = setting("runAsUser");
  const nonRoot = setting("runAsNonRoot");
  if ((nonRoot !== true && !isUnknown(nonRoot)) || user === 0) {
    found.push(
      `securityContext.runAsNonRoot: expected true${user === 0 ? " and a runAsUser other than 0" : ""}; it may run as root`,
    );
  }
  if (at(own, "privileged") === true) found.push("securityContext.privileged: expected false, got true");
  const escalation = known(own, "allowPrivilegeEscalation");
  if (escalation !== false && !isUnknown(escalation)) {
    found.push("securityContext.allowPrivilegeEscalation: expected false; it may become root");
  }
  return found;
}

function limitProblems(spec: Container, container: Container): string[] {
  return ["cpu", "memory"].flatMap((resource) => {
    // Those of the Pod as a whole hold for all of its containers.
    const limits = [container, spec].map((each) => known(known(at(each, "resources"), "limits"), resource));
    const isSet = limits.some((limit) => limit !== undefined && limit !== "" && limit !== null);
    return isSet ? [] : [`resources.limits.${resource}: expected a limit, got none; it may starve the node`];
  });
}

/** The value under that name; the mark of the unknown where it is known only after an update. */
function known(value: unknown, name: string): unknown {
  return isUnknown(value) ? value : at(value, name);
}
