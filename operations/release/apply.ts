import type { Release } from "../../settings/release.ts";
import type { Lagging } from "./verify.ts";

/** The steps by which a release becomes true; each is looked at before the next. */
export interface ReleaseSteps {
  /** Writes the release into the stack's settings; undefined-safe: an empty release takes it out. */
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

/** How a release ended: on the new one, back on the old one, or on neither for sure. */
export type ReleaseOutcome =
  | { readonly state: "released" }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "returned"; readonly reason: string }
  | { readonly state: "broken"; readonly reason: string; readonly alsoFailed: string };

/**
 * Brings the stack to a release: write, preview, up, rollout, smoke. Where a step after the preview fails, brings it
 * back to the release before in the same way. A kill leaves one of the two releases in the settings, whole.
 */
export async function applyRelease(
  old: Release,
  next: Release,
  steps: ReleaseSteps,
): Promise<ReleaseOutcome> {
  steps.write(next);
  steps.progress("preview");
  if ((await steps.preview()) !== 0) {
    steps.write(old);
    return { state: "refused", reason: "the preview failed; nothing was changed" };
  }
  const reason = await converge(next, steps);
  if (reason === undefined) return { state: "released" };
  steps.progress(`${reason}; going back to ${old.commit?.slice(0, 12) ?? "the overlay's own tags"}`);
  steps.write(old);
  const alsoFailed = await converge(old, steps);
  return alsoFailed === undefined ? { state: "returned", reason } : { state: "broken", reason, alsoFailed };
}

/** @returns what failed */
async function converge(release: Release, steps: ReleaseSteps): Promise<string | undefined> {
  steps.progress("up");
  if ((await steps.up()) !== 0) return "pulumi up failed";
  steps.progress("rollout");
  const left = await steps.verify(release);
  if (left.length > 0)
    return `rollout: ${left.map(({ service, expected, got }) => `${service}: expected ${expected}, got ${got}`).join("; ")}`;
  steps.progress("smoke");
  return (await steps.smoke()) === 0 ? undefined : "the smoke tests failed";
}
