import { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";

/**
 * A hook whose callback runs in the program's context. The SDK calls hooks outside of it, where it does not know which
 * run a log line or an output belongs to.
 */
export function programHook(
  name: string,
  callback: (args: pulumi.ResourceHookArgs) => Promise<void>,
  options?: pulumi.ResourceHookOptions,
): pulumi.ResourceHook {
  const inProgram = AsyncLocalStorage.snapshot();
  return new pulumi.ResourceHook(name, (args) => inProgram(() => callback(args)), options);
}
