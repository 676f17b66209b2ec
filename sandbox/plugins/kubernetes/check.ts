import type { Checked, CheckRequest } from "../protocol/plugin.ts";
import {
  containsUnknown,
  isObject,
  objectAt,
  secret,
  UNKNOWN,
  type Properties,
  type Value,
} from "../protocol/values.ts";
import { annotation } from "./objects.ts";

const AUTONAMED = "pulumi.com/autonamed";

/**
 * The inputs as they go to the API server: with a name, with the namespace they would get, and Secrets in the
 * form in which they are stored.
 *
 * @param namespace - the namespace for objects that name none; undefined for kinds outside namespaces
 */
export function checkedInputs(request: CheckRequest, namespace: string | undefined): Checked {
  const { olds, randomSeed, name } = request;
  const inputs = isSecretKind(request.news) ? encodedSecret(request.news) : request.news;
  if (inputs["metadata"] === UNKNOWN) return { inputs };
  let metadata: Properties = { ...objectAt(inputs["metadata"]) };
  if (metadata["name"] === undefined && metadata["generateName"] === undefined) {
    const kept = annotation(olds, AUTONAMED) === "true" ? objectAt(olds["metadata"])["name"] : undefined;
    const annotations = metadata["annotations"] === UNKNOWN ? {} : objectAt(metadata["annotations"]);
    metadata = {
      ...metadata,
      name: kept ?? `${name}-${Buffer.from(randomSeed).toString("hex").slice(0, 8)}`,
      annotations: { ...annotations, [AUTONAMED]: "true" },
    };
  }
  if (namespace !== undefined) metadata["namespace"] ??= namespace;
  const checked = { ...inputs, metadata };
  return { inputs: isSecretKind(checked) ? hideSecret(checked) : checked };
}

export function isAutonamed(inputs: Properties): boolean {
  return annotation(inputs, AUTONAMED) === "true";
}

export function isSecretKind(object: Properties): boolean {
  return object["apiVersion"] === "v1" && object["kind"] === "Secret";
}

/** `stringData` is write-only: it is stored, and can be compared, as base64 in `data`. */
function encodedSecret(inputs: Properties): Properties {
  const { stringData, ...rest } = inputs;
  if (!isObject(stringData) || rest["data"] === UNKNOWN) return inputs;
  const encoded = Object.entries(stringData).map(([key, value]): [string, Value] => {
    return [
      key,
      typeof value !== "string" || containsUnknown(value) ? value : Buffer.from(value).toString("base64"),
    ];
  });
  return { ...rest, data: { ...objectAt(rest["data"]), ...Object.fromEntries(encoded) } };
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Marks what is secret in a Secret, inputs or live object: also kubectl's copy of it in an annotation. */
export function hideSecret(object: Properties): Properties {
  const hidden: Properties = { ...object };
  for (const key of ["data", "stringData"]) {
    if (hidden[key] !== undefined) hidden[key] = secret(hidden[key]);
  }
  const copy = annotation(object, LAST_APPLIED);
  if (copy !== undefined) {
    const metadata = objectAt(object["metadata"]);
    hidden["metadata"] = {
      ...metadata,
      annotations: { ...objectAt(metadata["annotations"]), [LAST_APPLIED]: secret(copy) },
    };
  }
  return hidden;
}
