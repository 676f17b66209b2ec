import { release, type Release } from "../../settings/release.ts";
import type { Settings } from "../../settings/settings.ts";
import { lookAtSettings, lookAtStack, type Stack } from "../doctor/stack.ts";
import { sourceIn } from "./plan/change.ts";
import { earlierReleases, type EarlierRelease } from "./history.ts";
import { projectRoot, stackEnvironment } from "../stack/environment.ts";
import { type PulumiCall, runPulumi } from "../stack/pulumi.ts";
import { plainSetting, settingsFile, writePlainSetting } from "../stack/settingsFile.ts";

/** A stack whose release is looked at or changed. */
export interface ReleaseStack {
  readonly call: PulumiCall;
  readonly settings: Settings;
  readonly stack: Stack;
  /** File of the stack's settings. */
  readonly file: string;
  /** The release in that file. */
  readonly written: Release;
  /** Releases on the way to the present one, newest first. */
  readonly way: readonly EarlierRelease[];
  /** The release that the stack is on. */
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
  const way = await earlierReleases(call);
  return {
    call,
    settings: settings.value,
    stack: found.value,
    file,
    written: release.parse(plainSetting(file, "release") ?? {}),
    way,
    current: way[0]?.release ?? { images: {} },
    patches: sourceIn(found.value, settings.value.argocd.application)?.kustomize?.patches ?? [],
  };
}

/** An empty release is no setting at all. */
export function settingOf(wanted: Release): Release | undefined {
  return wanted.commit === undefined ? undefined : wanted;
}

export function writeRelease({ file }: Pick<ReleaseStack, "file">, wanted: Release): void {
  writePlainSetting(file, "release", settingOf(wanted));
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
