import type { ErrorCause } from "../../../lib/kubernetes/request.ts";
import type { Properties } from "../protocol/values.ts";
import { ApiError } from "./client.ts";
import { describe } from "./objects.ts";

/** An error of the API server on writing this object, as one line that says what to do. */
export function explain(error: unknown, object: Properties, type: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const what = describe(object);
  const conflicts = error.causes.filter((cause) => cause.reason === "FieldManagerConflict");
  if (conflicts.length > 0) {
    const fields = conflicts.map((cause) => `${cause.field} (${managerOf(cause)})`).join(", ");
    return failed(
      `${what}: server-side apply field conflict, other field managers own ${fields}. Set the annotation ` +
        `pulumi.com/patchForce: "true" on it to take the fields over, or leave them out of the program.`,
      error,
    );
  }
  if (error.reason === "AlreadyExists") {
    return failed(
      `${what} already exists and this stack does not own it. Import it (pulumi import ${type} NAME ID), ` +
        `or set upsertExistingObjects on the provider to take over what exists.`,
      error,
    );
  }
  if (error.status === 403) {
    return failed(
      `${what}: the API server refuses it: ${error.message}. Give the kubeconfig's user that right.`,
      error,
    );
  }
  return failed(`${what}: expected the API server to accept it; it says: ${error.message}`, error);
}

/** From `conflict with "kubectl-edit" using v1`. */
function managerOf({ message = "" }: ErrorCause): string {
  return /conflict with "([^"]+)"/.exec(message)?.[1] ?? message;
}

function failed(message: string, cause: ApiError): Error {
  return new Error(message.replaceAll(/\s*\n\s*/g, "; "), { cause });
}
