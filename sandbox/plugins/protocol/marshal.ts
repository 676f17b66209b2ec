import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { objectAt, type Properties, type Value } from "./values.ts";

export function decode(message: Struct | undefined): Properties {
  return objectAt(message?.toJavaScript() as Value | undefined);
}

export function encode(properties: Properties): Struct {
  // Undefined members would become nulls, which the engine takes for values.
  return struct.Struct.fromJavaScript(
    JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>,
  );
}
