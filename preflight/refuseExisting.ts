import * as pulumi from "@pulumi/pulumi";
import { readObject } from "../lib/kubernetes/apiServer.ts";
import type { ClusterObject } from "../lib/kubernetes/cluster.ts";
import type { Access } from "../lib/kubernetes/login.ts";
import { unlessForbidden } from "../lib/kubernetes/request.ts";
import { afterCutOff } from "../settings/afterCutOff.ts";

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
}

interface Inputs {
  readonly kind: string;
  readonly metadata: Metadata;
}

/** The objects by which an installation is known: where the API has them, and the setting of their names. */
const known: Readonly<Record<string, { path: (metadata: Metadata) => string; setting: string }>> = {
  Namespace: { path: ({ name }) => `/api/v1/namespaces/${name}`, setting: "namespace" },
  Application: {
    path: ({ name, namespace }) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`,
    setting: "argocdApplication",
  },
};

const takeOver = "to take over what exists: pulumi config set mesh-six:adopt true";

/**
 * Stops the creation, already in a preview, of a Namespace or an Application that exists: the plugin refuses it too,
 * but knows only its own remedies. All else is in that Namespace, and is looked at only when the plugin has refused it.
 *
 * @param isOwn - whether an object with these labels and annotations is one of this stack's
 */
export function refuseExisting(
  access: Promise<Access>,
  isOwn: (metadata: ClusterObject["metadata"]) => boolean,
): pulumi.ResourceTransformation {
  const refuse: pulumi.ResourceHookFunction = async ({ newInputs }) => {
    const inputs = newInputs as Inputs;
    const { path, setting } = known[inputs.kind]!;
    // Without the right to read it, the plugin's own error says the rest.
    const found = await unlessForbidden(readObject<ClusterObject>(await access, path(inputs.metadata)));
    if (found === undefined) return;
    const rename = `to make another: pulumi config set mesh-six:${setting} NAME`;
    throw new Error(
      isOwn(found.metadata)
        ? `${nameOf(inputs)}: expected none, got one with this stack's labels; ${afterCutOff(pulumi.getStack())}; ${takeOver}`
        : `${nameOf(inputs)}: expected none, got one that this stack did not make; ${takeOver}; ${rename}`,
    );
  };
  const say: pulumi.ErrorHookFunction = ({ newInputs, errors }) => {
    if (!errors.some((error) => /already exists/i.test(error))) return false;
    throw new Error(
      `${nameOf(newInputs as Inputs)}: expected none, got one that is there already; ${afterCutOff(pulumi.getStack())}; ${takeOver}`,
    );
  };
  let before: pulumi.ResourceHook | undefined;
  let failed: pulumi.ErrorHook | undefined;
  return ({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const { kind } = props as { readonly kind?: unknown };
    if (typeof kind === "string" && kind in known) {
      before ??= new pulumi.ResourceHook("refuse what exists", refuse, { onDryRun: true });
      return { props, opts: pulumi.mergeOptions(opts, { hooks: { beforeCreate: [before] } }) };
    }
    failed ??= new pulumi.ErrorHook("say what exists", say);
    return { props, opts: pulumi.mergeOptions(opts, { hooks: { onError: [failed] } }) };
  };
}

function nameOf({ kind, metadata: { name, namespace } }: Inputs): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
