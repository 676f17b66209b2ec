import grpc from "@grpc/grpc-js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { encodeLike } from "./marshal.ts";
import { PartialFailure } from "./plugin.ts";
import type { Properties } from "./values.ts";

/**
 * Any error as a gRPC one. A partial failure carries what was made in `grpc-status-details-bin`, the header in
 * which gRPC's Go side looks for a `google.rpc.Status`.
 *
 * @param inputs - with the marks of secrecy, to put on the outputs
 */
export function failure(error: unknown, inputs: Properties = {}): Partial<grpc.StatusObject> {
  if (error instanceof Failure) return error.status;
  const message = error instanceof Error ? error.message : String(error);
  const result = { code: grpc.status.UNKNOWN, details: message };
  if (!(error instanceof PartialFailure)) return result;
  const detail = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(encodeLike(error.outputs, inputs))
    .setInputs(encodeLike(error.inputs, inputs))
    .setReasonsList([...error.reasons]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const envelope = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  envelope.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(envelope.serializeBinary()));
  return { ...result, metadata };
}

class Failure extends Error {
  readonly status: Partial<grpc.StatusObject>;

  constructor(error: unknown, inputs: Properties) {
    super("failed", { cause: error });
    this.status = failure(error, inputs);
  }
}

/** Runs an operation on inputs whose secrets a partial failure is to keep. */
export async function guarded<T>(inputs: Properties, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw new Failure(error, inputs);
  }
}
