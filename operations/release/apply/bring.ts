import { connect } from "../../../lib/kubernetes/cluster.ts";
import type { Release } from "../../../settings/release.ts";
import { applyRelease, rollOut, type Failure, type ReleaseOutcome, type ReleaseSteps } from "./apply.ts";
import { isSameRelease } from "../plan/plan.ts";
import { type NewPod, podsSince } from "./pods.ts";
import { recorded, type StepRecord } from "./stepRecord.ts";
import { refuseUnsettled, type ReleaseStack, writeRelease } from "../releaseStack.ts";
import { runStep } from "./steps.ts";
import { lagging, type ReleasePlace, untilRolled } from "./verify.ts";

export interface BringOptions {
  /** The application's repository; undefined where nothing of it is looked at. */
  readonly application: string | undefined;
  /** Folder of a policy pack that the program is held to. */
  readonly policies: string | undefined;
  /** Longest wait for the rollout, in minutes. */
  readonly wait: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** The outcome of bringing a stack to a release, and the time of each part of it. */
export interface Brought {
  readonly outcome: ReleaseOutcome;
  readonly steps: readonly StepRecord[];
  readonly pods: readonly NewPod[];
}

/** Brings the stack to a release, and back where that fails. @throws Error where another operation is unsettled */
export async function bring(target: ReleaseStack, next: Release, options: BringOptions): Promise<Brought> {
  const { way, written } = target;
  const pods = new Map<string, NewPod>();
  const { steps, records } = recorded(await stepsOf(target, options, pods), written);
  const old = way.map(({ release }) => release).find((release) => !isSameRelease(release, next));
  const outcome = await applyRelease({ written, old: old ?? { images: {} }, next }, steps);
  return { outcome, steps: records, pods: [...pods.values()] };
}

/**
 * Brings the stack to the release in its settings, without a way back.
 *
 * @returns what failed
 * @throws Error where another operation is unsettled
 */
export async function bringToWritten(
  target: ReleaseStack,
  options: BringOptions,
): Promise<Failure | undefined> {
  return rollOut(target.written, await stepsOf(target, options, new Map()));
}

/** @param pods - gets the Pods that are made meanwhile, by UID */
async function stepsOf(
  target: ReleaseStack,
  { application, policies, wait, signal, say }: BringOptions,
  pods: Map<string, NewPod>,
): Promise<ReleaseSteps> {
  const { call, settings } = target;
  await refuseUnsettled(call);
  const cluster = await connect(settings.inPlain().cluster);
  const place = placeOf(settings);
  const since = new Date();
  const held = policies === undefined ? [] : ["--policies", policies];
  const looked = application === undefined ? [] : ["--application", application];
  return {
    write: (wanted) => writeRelease(target, wanted),
    preview: () => runStep("preview", call.stack, signal, [...looked, ...held]),
    up: () => runStep("up", call.stack, signal, held),
    async verify(wanted) {
      const left = await untilRolled(() => lagging(cluster, place, wanted), wait, say, signal);
      // Before a way back replaces them.
      for (const pod of await podsSince(cluster, place, since, say)) pods.set(pod.uid, pod);
      return left;
    },
    smoke: () => runStep("smoke", call.stack, signal),
    progress: (step) => say(`release: ${step}`),
  };
}

function placeOf({ namespace, imageRepository, argocd }: ReleaseStack["settings"]): ReleasePlace {
  const isOurs = argocd.enabled && argocd.patchesBy === "program";
  const application = isOurs ? { namespace: argocd.namespace, name: argocd.application } : undefined;
  return { namespace, prefix: imageRepository, application };
}
