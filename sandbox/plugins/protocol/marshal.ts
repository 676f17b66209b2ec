import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { containsSecret, hideLike, objectAt, type Properties } from "./values.ts";

export function decode(message: Struct | undefined): Properties {
  return objectAt(message?.toJavaScript());
}

export function encode(properties: Properties): Struct {
  // Undefined members would become nulls, which the engine takes for values.
  return struct.Struct.fromJavaScript(
    JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>,
  );
}

/**
 * Outputs, with what is secret in the inputs secret in them too. `__inputs` is where the kubernetes plugin keeps a
 * copy of the inputs.
 */
export function encodeLike(outputs: Properties, inputs: Properties): Struct {
  if (!containsSecret(inputs)) return encode(outputs);
  return encode(objectAt(hideLike(outputs, { __inputs: inputs, ...inputs })));
}
