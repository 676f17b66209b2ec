import type { Declared } from "../../../policies/declaredResource.ts";

/** The engine's mark in a preview for a text that is known only after an update. */
export { unknownValue as unknown } from "../../../lib/pulumi/sentinels.ts";

/** A resource of the stack `prod`. */
export function declared(
  type: string,
  props: Record<string, unknown>,
  more: Partial<Declared> = {},
): Declared {
  return {
    type,
    name: "it",
    urn: `urn:pulumi:prod::p::${type}::it`,
    props,
    protect: false,
    parent: undefined,
    ...more,
  };
}
