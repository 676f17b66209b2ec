import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type * as pulumi from "@pulumi/pulumi";
import { leftAlone } from "../../lib/argocd/leaveAlone.ts";
import { retainedAnnotation } from "../../settings/objectMetadata.ts";

/**
 * Declares the installation's Namespace.
 *
 * @param stays - it stays when the stack goes, and says so for every later run: it may be people's, with what they have
 *   in it
 */
export function declareNamespace(
  name: string,
  { namespace, stays }: { readonly namespace: string; readonly stays: boolean },
  options: pulumi.CustomResourceOptions,
): Namespace {
  const annotations = { ...leftAlone(), ...(stays ? { [retainedAnnotation]: "true" } : {}) };
  return new Namespace(
    name,
    { metadata: { name: namespace, annotations } },
    { ...options, retainOnDelete: stays },
  );
}
