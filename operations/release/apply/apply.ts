import type { Release } from "../../../settings/release.ts";
import { heldByOther } from "./steps.ts";
import type { Lagging } from "./verify.ts";

/** The steps by which a release becomes true; each is looked at before the next. */
export interface ReleaseSteps {
  /** Writes the release into the stack's settings; an empty one takes it out. */
  readonly write: (release: Release) => void;
  /** Exit code of a preview. */
  readonly preview: () => Promise<number>;
  /** Exit code of `up`. */
  readonly up: () => Promise<number>;
  /** Services that do not run the release, when the time to wait is over. */
  readonly verify: (release: Release) => Promise<readonly Lagging[]>;
  /** Exit code of the smoke tests. */
  readonly smoke: () => Promise<number>;
  readonly progress: (line: string) => void;
}

/** The releases that an application of one has to do with. */
export interface Releases {
  /** In the stack's settings before. */
  readonly written: Release;
  /** To go back to: the newest other one on which the stack has converged. */
  readonly old: Release;
  readonly next: Release;
}

/** The end of a release: on the new one, back on the old one, or on neither for sure. */
export type ReleaseOutcome =
  | { readonly state: "released" }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "returned"; readonly reason: string }
  | { readonly state: "broken"; readonly reason: string; readonly alsoFailed: string };

/**
 * Brings the stack to a release: write, preview, up, rollout, smoke. Where a step after the preview fails, brings it
 * back to the release before in the same way. A kill leaves one of the two releases in the settings, whole.
 *
 * @throws AbortError when it was interrupted; a step that throws anything else has failed
 */
export async function applyRelease(releases: Releases, steps: ReleaseSteps): Promise<ReleaseOutcome> {
  const { written, old, next } = releases;
  const refuse = (reason: string): ReleaseOutcome => {
    steps.write(written);
    return { state: "refused", reason };
  };
  steps.write(next);
  steps.progress("preview");
  const unseen = await attempt("the preview", async () =>
    (await steps.preview()) === 0 ? undefined : { reason: "the preview failed" },
  );
  if (unseen !== undefined) return refuse(`${unseen.reason}; nothing was changed`);
  const failure = await rollOut(next, steps);
  if (failure === undefined) return { state: "released" };
  const { reason, isHeld } = failure;
  if (isHeld) return refuse(`${reason}; nothing was changed`);
  steps.progress(`${reason}; going back to ${old.commit?.slice(0, 12) ?? "the overlay's own tags"}`);
  const also = await attempt("going back", async () => {
    steps.write(old);
    return rollOut(old, steps);
  });
  if (also === undefined) return { state: "returned", reason };
  return { state: "broken", reason, alsoFailed: also.reason };
}

export interface Failure {
  readonly reason: string;
  /** Another operation works on the stack, so this one has not begun. */
  readonly isHeld?: boolean;
}

/** Brings the stack to the release in its settings. @returns what failed @throws AbortError when it was interrupted */
export async function rollOut(release: Release, steps: ReleaseSteps): Promise<Failure | undefined> {
  return (
    (await attempt("up", () => converge(steps))) ??
    (await attempt("rollout", () => verify(release, steps))) ??
    (await attempt("smoke", () => smoke(steps)))
  );
}

/** A step that throws has failed, unless it was interrupted. */
async function attempt(step: string, work: () => Promise<Failure | undefined>): Promise<Failure | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error.name === "AbortError") throw error;
    return { reason: `${step}: ${error.message}` };
  }
}

async function converge(steps: ReleaseSteps): Promise<Failure | undefined> {
  steps.progress("up");
  const code = await steps.up();
  if (code === heldByOther)
    return {
      reason:
        "another operation works on the stack, or one that was killed has left its lock (pulumi cancel removes it)",
      isHeld: true,
    };
  return code === 0 ? undefined : { reason: "pulumi up failed" };
}

async function verify(release: Release, steps: ReleaseSteps): Promise<Failure | undefined> {
  steps.progress("rollout");
  const left = await steps.verify(release);
  if (left.length === 0) return undefined;
  const hanging = left.map(({ service, expected, got }) => `${service}: expected ${expected}, got ${got}`);
  return { reason: `rollout: ${hanging.join("; ")}` };
}

async function smoke(steps: ReleaseSteps): Promise<Failure | undefined> {
  steps.progress("smoke");
  return (await steps.smoke()) === 0 ? undefined : { reason: "the smoke tests failed" };
}
