import grpc from "@grpc/grpc-js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { encode } from "./marshal.ts";
import { PartialFailure } from "./plugin.ts";
import { hideLike, objectAt, type Properties } from "./values.ts";

/**
 * Any error as a gRPC one. A partial failure carries what was made in `grpc-status-details-bin`, the header in
 * which gRPC's Go side looks for a `google.rpc.Status`.
 *
 * @param inputs - with the marks of secrecy, to put on the outputs
 */
export function failure(error: unknown, inputs: Properties = {}): Partial<grpc.StatusObject> {
  if (isStatus(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const result = { code: grpc.status.UNKNOWN, details: message };
  if (!(error instanceof PartialFailure)) return result;
  const detail = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(encode(objectAt(hideLike(error.outputs, inputs))))
    .setInputs(encode(objectAt(hideLike(error.inputs, inputs))))
    .setReasonsList([...error.reasons]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const envelope = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  envelope.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(envelope.serializeBinary()));
  return { ...result, metadata };
}

function isStatus(error: unknown): error is Partial<grpc.StatusObject> {
  return typeof error === "object" && error !== null && !(error instanceof Error) && "code" in error;
}
