import { release, type Release } from "../../settings/release.ts";
import type { Settings } from "../../settings/settings.ts";
import { lookAtSettings, lookAtStack, type Stack } from "../doctor/stack.ts";
import { projectRoot, stackEnvironment } from "../stack/environment.ts";
import { type PulumiCall, runPulumi } from "../stack/pulumi.ts";
import { plainSetting, settingsFile } from "../stack/settingsFile.ts";

/** A stack whose release is looked at or changed. */
export interface ReleaseStack {
  readonly call: PulumiCall;
  readonly settings: Settings;
  readonly stack: Stack;
  /** File of the stack's settings. */
  readonly file: string;
  /** The release in that file. */
  readonly current: Release;
  /** Patches of the Application as the stack declared it last; none before its first `up`. */
  readonly patches: readonly object[];
}

/** @throws Error in one line when the stack or its settings cannot be read */
export async function openStack(name: string): Promise<ReleaseStack> {
  const { engine, variables } = await stackEnvironment(name);
  const call = { command: engine, folder: projectRoot, stack: name, environment: variables };
  const found = await lookAtStack(call);
  if (found.value === undefined) throw new Error(`${found.detail}; ${found.remedy}`);
  const settings = lookAtSettings(found.value);
  if (settings.status === "fail" || settings.value === undefined)
    throw new Error(`${settings.detail}; ${settings.remedy}`);
  const file = settingsFile(name, variables);
  const application = found.value.made.inputs(
    "kubernetes:argoproj.io/v1alpha1:Application",
    settings.value.argocd.application,
  );
  const { source } = (application?.["spec"] ?? {}) as {
    readonly source?: { readonly kustomize?: { readonly patches?: readonly object[] } };
  };
  return {
    call,
    settings: settings.value,
    stack: found.value,
    file,
    current: release.parse(plainSetting(file, "release") ?? {}),
    patches: source?.kustomize?.patches ?? [],
  };
}

/** Refuses a stack that another operation works on. @throws Error */
export async function refuseUnsettled(call: PulumiCall): Promise<void> {
  const state = JSON.parse(await runPulumi(call, ["stack", "export"])) as {
    readonly deployment: { readonly pending_operations?: readonly unknown[] } | null;
  };
  const pending = state.deployment?.pending_operations?.length ?? 0;
  if (pending > 0)
    throw new Error(
      `stack ${call.stack}: expected no interrupted operation, got ${String(pending)}; run npm run recover -- --stack ${call.stack}`,
    );
}
