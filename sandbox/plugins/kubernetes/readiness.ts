import { isObject, objectAt, textOf, type Properties, type Value } from "../protocol/values.ts";
import { valueAt } from "./jsonPath.ts";
import { annotation } from "./objects.ts";

/** The condition that an object still lacks; undefined when it is ready. */
export type Lack = string | undefined;

/** A look at another object or collection of the same namespace, by the path below `/apis/GROUP/VERSION/namespaces/NS/`. */
export type Look = (apiVersion: string, path: string) => Promise<Properties>;

type Readiness = (object: Properties, look: Look) => Lack | Promise<Lack>;

/** No use in waiting on. */
export class NeverReady extends Error {}

/** The conditions that the official plugin waits for, by kind. */
const READINESS: Record<string, Readiness> = {
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
  "apps/v1/DaemonSet": daemonSet,
  "batch/v1/Job": (object) => condition(object, "Complete"),
  "v1/Namespace": (object) => phase(object, "Active"),
  "v1/Pod": (object) => condition(object, "Ready"),
  "v1/Service": service,
  "apiextensions.k8s.io/v1/CustomResourceDefinition": (object) => condition(object, "Established"),
};

/**
 * The conditions for the object to count as made: its `pulumi.com/waitFor`, else those of its kind; undefined when
 * there is nothing to wait for.
 *
 * @throws on a waitFor that cannot be read
 */
export function readinessOf(object: Properties): Readiness | undefined {
  if (annotation(object, "pulumi.com/skipAwait") === "true") return undefined;
  const waitFor = annotation(object, "pulumi.com/waitFor");
  if (waitFor === undefined) return READINESS[`${textOf(object["apiVersion"])}/${textOf(object["kind"])}`];
  const waits = (waitFor.startsWith("[") ? (JSON.parse(waitFor) as string[]) : [waitFor]).map(wait);
  return async (live, look) => {
    for (const lacks of waits) {
      const lack = await lacks(live, look);
      if (lack !== undefined) return lack;
    }
    return undefined;
  };
}

/** One entry of `pulumi.com/waitFor`: `condition=TYPE[=STATUS]` or `jsonpath={PATH}[=VALUE]`. */
function wait(text: string): Readiness {
  const byCondition = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (byCondition) return (object) => condition(object, byCondition[1] ?? "", byCondition[2] ?? "True");
  const byPath = /^jsonpath=\{(.+)\}(?:=(.*))?$/s.exec(text);
  if (!byPath) {
    throw new Error(
      `pulumi.com/waitFor: expected condition=TYPE[=STATUS] or jsonpath={PATH}[=VALUE]; got ${text}`,
    );
  }
  const [, path = "", expected] = byPath;
  valueAt({}, path);
  return (object) => {
    const found = valueAt(object, path);
    if (found === undefined || found === null) return `${path} is not there yet`;
    if (expected === undefined || shown(found) === expected) return undefined;
    return `${path} is ${shown(found)}, not ${expected}`;
  };
}

function shown(value: Value): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function conditionOf(object: Properties, type: string): Properties | undefined {
  const conditions = objectAt(object["status"])["conditions"];
  return Array.isArray(conditions)
    ? conditions.filter(isObject).find((one) => one["type"] === type)
    : undefined;
}

function condition(object: Properties, type: string, status = "True"): Lack {
  const found = conditionOf(object, type);
  if (textOf(found?.["status"]).toLowerCase() === status.toLowerCase()) return undefined;
  const failed = conditionOf(object, "Failed");
  if (type === "Complete" && failed?.["status"] === "True") throw new NeverReady(textOf(failed["message"]));
  return found ? `condition ${type} is ${said(found)}` : `condition ${type} is not there yet`;
}

function said({ status, reason, message }: Properties): string {
  return [textOf(status), textOf(reason), textOf(message)].filter((part) => part !== "").join(", ");
}

function phase(object: Properties, expected: string): Lack {
  const found = objectAt(object["status"])["phase"];
  return found === expected ? undefined : `phase is ${found === undefined ? "not set yet" : shown(found)}`;
}

/** Numbers the API server leaves out are zero. */
function count(value: Value | undefined): number {
  return typeof value === "number" ? value : 0;
}

function observed(object: Properties): boolean {
  return (
    count(objectAt(object["status"])["observedGeneration"]) >=
    count(objectAt(object["metadata"])["generation"])
  );
}

function deployment(object: Properties): Lack {
  const status = objectAt(object["status"]);
  if (!observed(object)) return "its controller has not seen it yet";
  const progressing = conditionOf(object, "Progressing");
  if (progressing?.["status"] === "False") throw new NeverReady(said(progressing));
  const wanted = count(objectAt(object["spec"])["replicas"]);
  if (count(status["updatedReplicas"]) < wanted)
    return `${count(status["updatedReplicas"])} of ${wanted} replicas updated`;
  if (progressing && progressing["reason"] !== "NewReplicaSetAvailable")
    return `the new ReplicaSet is ${said(progressing)}`;
  return condition(object, "Available");
}

function statefulSet(object: Properties): Lack {
  const status = objectAt(object["status"]);
  if (!observed(object)) return "its controller has not seen it yet";
  const wanted = count(objectAt(object["spec"])["replicas"]);
  if (count(status["readyReplicas"]) < wanted)
    return `${count(status["readyReplicas"])} of ${wanted} replicas ready`;
  return status["updateRevision"] === status["currentRevision"] ? undefined : "the update is rolling out";
}

function daemonSet(object: Properties): Lack {
  const status = objectAt(object["status"]);
  if (!observed(object)) return "its controller has not seen it yet";
  const wanted = count(status["desiredNumberScheduled"]);
  const ready = Math.min(count(status["updatedNumberScheduled"]), count(status["numberReady"]));
  return ready < wanted ? `${ready} of ${wanted} pods ready` : undefined;
}

async function service(object: Properties, look: Look): Promise<Lack> {
  const spec = objectAt(object["spec"]);
  if (spec["type"] === "LoadBalancer") {
    const ingress = objectAt(objectAt(object["status"])["loadBalancer"])["ingress"];
    if (!Array.isArray(ingress) || ingress.length === 0) return "no load balancer has taken it on yet";
  }
  const selects = isObject(spec["selector"]) && Object.keys(spec["selector"]).length > 0;
  if (!selects || spec["type"] === "ExternalName" || spec["clusterIP"] === "None") return undefined;
  const name = textOf(objectAt(object["metadata"])["name"]);
  const label = encodeURIComponent(`kubernetes.io/service-name=${name}`);
  const slices = (await look("discovery.k8s.io/v1", `endpointslices?labelSelector=${label}`))["items"];
  const endpoints = (Array.isArray(slices) ? slices : []).flatMap(
    (slice) => objectAt(slice)["endpoints"] ?? [],
  );
  const ready = endpoints.some((endpoint) => objectAt(objectAt(endpoint)["conditions"])["ready"] !== false);
  return ready ? undefined : "no pod that it selects is ready";
}
