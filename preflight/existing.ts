import * as pulumi from "@pulumi/pulumi";
import { readObject } from "../lib/kubernetes/apiServer.ts";
import type { Access } from "../lib/kubernetes/login.ts";

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
}

/** The objects by which an installation is known: where the API has them, and the setting of their names. */
const known: Readonly<Record<string, { path: (metadata: Metadata) => string; setting: string }>> = {
  Namespace: { path: ({ name }) => `/api/v1/namespaces/${name}`, setting: "namespace" },
  Application: {
    path: ({ name, namespace }) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`,
    setting: "argocdApplication",
  },
};

/**
 * Stops the creation, already in a preview, of a Namespace or an Application that somebody else made: the plugin
 * refuses it too, but knows only its own remedies. All else is in that Namespace.
 */
export function refuseExisting(access: Promise<Access>): pulumi.ResourceTransformation {
  const refuse: pulumi.ResourceHookFunction = async ({ newInputs }) => {
    const { kind, metadata } = newInputs as { readonly kind: string; readonly metadata: Metadata };
    const { path, setting } = known[kind]!;
    // Without the right to read it, the plugin's own error says the rest.
    const found = await readObject(await access, path(metadata)).catch(() => undefined);
    if (found === undefined) return;
    const where = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
    throw new Error(
      `${kind} ${where}${metadata.name}: expected none, got one that this stack did not make; ` +
        `to take over what exists: pulumi config set mesh-six:adopt true; to make another: pulumi config set mesh-six:${setting} NAME`,
    );
  };
  let hook: pulumi.ResourceHook | undefined;
  return ({ props, opts }) => {
    const { kind } = props as { readonly kind?: unknown };
    if (typeof kind !== "string" || !(kind in known)) return undefined;
    hook ??= new pulumi.ResourceHook("refuse what exists", refuse, { onDryRun: true });
    return { props, opts: pulumi.mergeOptions(opts, { hooks: { beforeCreate: [hook] } }) };
  };
}
