import process from "node:process";
import * as pulumi from "@pulumi/pulumi";
import untyped from "@pulumi/pulumi/runtime/debuggable.js";

/*
 * All that the program changes or uses of the SDK beyond its documented interface. tests/unit/sdkInternals.test.ts says
 * for each when an upgrade of the SDK breaks it.
 *
 * - leaveOutSdkDebugging: `pulumi.log.debug`, `pulumi.Resource.stackTrace` and `debuggablePromise` are looked up at each
 *   call, and the texts of the last begin with "transfer" for the properties of a resource.
 * - withoutStackTraces: the SDK's stack traces obey `Error.stackTraceLimit`.
 * - isConfigSecret: `pulumi.runtime.isConfigSecret` is exported, but not in the types.
 * - providers/shell.ts: a dynamic resource is a CustomResource of type `pulumi-nodejs:dynamic/…` whose input `__provider`
 *   is code with `exports.handler`.
 */

/**
 * Leaves out what the SDK does for those who debug it, which is a fifth of the time of an `up` and a tenth of the state:
 * four calls of the engine a resource with texts that nobody sees, where in the source each was declared, which also
 * differs from one clone's folder to the next, and a stack trace for each of the four promises of every property.
 * Kept where PULUMI_DEBUG_PROMISE_LEAKS asks for debugging.
 */
export function leaveOutSdkDebugging(): void {
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
  // The SDK has no setting for either.
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
  Object.assign(pulumi.Resource, { stackTrace: () => [] });
  // A program that ends before all is declared would have the rest deleted, so the SDK keeps watch over its promises.
  // Those of a resource's properties end with the resource's own, over which it goes on watching.
  const debuggable = untyped as unknown as InternalDebugging;
  const watched = debuggable.debuggablePromise;
  debuggable.debuggablePromise = (promise, context) =>
    String(context).startsWith("transfer") ? promise : watched(promise, context);
}

/**
 * Declares resources without stack traces. The SDK takes one for every property of a resource, to tell of promises that
 * never end: that is a quarter of what a program with a hundred repositories takes.
 */
export function withoutStackTraces<T>(declare: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return declare();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Whether the stack's settings keep the value of this key encrypted. */
export function isConfigSecret(key: string): boolean {
  return (pulumi.runtime as unknown as InternalRuntime).isConfigSecret(key);
}

interface InternalDebugging {
  debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T>;
}

interface InternalRuntime {
  readonly isConfigSecret: (key: string) => boolean;
}
