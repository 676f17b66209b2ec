import { connect } from "../../../lib/kubernetes/cluster.ts";
import type { Release } from "../../../settings/release.ts";
import { applyRelease, type ReleaseOutcome } from "./apply.ts";
import { isSameRelease } from "../looking/plan.ts";
import { type NewPod, podsSince } from "./pods.ts";
import { recorded, type StepRecord } from "./record.ts";
import { refuseUnsettled, type ReleaseStack, writeRelease } from "../stack.ts";
import { runStep } from "./steps.ts";
import { lagging, type ReleasePlace, untilRolled } from "./verify.ts";

export interface BringOptions {
  /** The application's repository. */
  readonly application: string;
  /** Longest wait for the rollout, in minutes. */
  readonly wait: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What bringing a stack to a release came to, and when each part of it was. */
export interface Brought {
  readonly outcome: ReleaseOutcome;
  readonly steps: readonly StepRecord[];
  readonly pods: readonly NewPod[];
}

/** Brings the stack to a release, and back where that fails. @throws Error where another operation is unsettled */
export async function bring(target: ReleaseStack, next: Release, options: BringOptions): Promise<Brought> {
  const { application, wait, signal, say } = options;
  const { call, settings, way, written } = target;
  await refuseUnsettled(call);
  const cluster = await connect(settings.inPlain().cluster);
  const place = placeOf(settings);
  const since = new Date();
  const pods = new Map<string, NewPod>();
  const { steps, records } = recorded(
    {
      write: (wanted) => writeRelease(target, wanted),
      preview: () => runStep("preview", call.stack, signal, ["--application", application]),
      up: () => runStep("up", call.stack, signal),
      async verify(wanted) {
        const left = await untilRolled(() => lagging(cluster, place, wanted), wait, say, signal);
        // Before a way back replaces them.
        for (const pod of await podsSince(cluster, place, since)) pods.set(pod.uid, pod);
        return left;
      },
      smoke: () => runStep("smoke", call.stack, signal),
      progress: (step) => say(`release: ${step}`),
    },
    written,
  );
  const old = way.map(({ release }) => release).find((release) => !isSameRelease(release, next));
  const outcome = await applyRelease({ written, old: old ?? { images: {} }, next }, steps);
  return { outcome, steps: records, pods: [...pods.values()] };
}

function placeOf({ namespace, imageRepository, argocd }: ReleaseStack["settings"]): ReleasePlace {
  const isOurs = argocd.enabled && argocd.patchesBy === "program";
  const application = isOurs ? { namespace: argocd.namespace, name: argocd.application } : undefined;
  return { namespace, prefix: imageRepository, application };
}
