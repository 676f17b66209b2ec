import process from "node:process";
import * as pulumi from "@pulumi/pulumi";

/**
 * Leaves out what the SDK does for those who debug it, which is a fifth of the time of an `up` and a tenth of the state:
 * four calls of the engine a resource with texts that nobody sees, and where in the source each was declared, which
 * also differs from one clone's folder to the next. Kept where PULUMI_DEBUG_PROMISE_LEAKS asks for debugging.
 */
export function leaveOutSdkDebugging(): void {
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
  // The SDK has no setting for either. Both are looked up at each call (runtime/resource.js, resource.js).
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
  Object.assign(pulumi.Resource, { stackTrace: () => [] });
}
