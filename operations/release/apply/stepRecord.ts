import type { Release } from "../../../settings/release.ts";
import type { ReleaseSteps } from "./apply.ts";

/** One step of a release that was taken. */
export interface StepRecord {
  readonly step: "preview" | "up" | "rollout" | "smoke";
  /** Commit of the release that it worked for; undefined for the overlay's own tags. */
  readonly commit: string | undefined;
  /** Times of its begin and end, ISO 8601. */
  readonly begin: string;
  readonly end: string;
  readonly passed: boolean;
}

/** The same steps, each noted when it has ended. */
export function recorded(
  steps: ReleaseSteps,
  first: Release,
): { readonly steps: ReleaseSteps; readonly records: readonly StepRecord[] } {
  const records: StepRecord[] = [];
  let { commit } = first;
  const note = async <T>(
    step: StepRecord["step"],
    work: () => Promise<T>,
    passed: (result: T) => boolean,
  ) => {
    const begin = new Date().toISOString();
    let isPassed = false;
    try {
      const result = await work();
      isPassed = passed(result);
      return result;
    } finally {
      records.push({ step, commit, begin, end: new Date().toISOString(), passed: isPassed });
    }
  };
  const isZero = (code: number) => code === 0;
  return {
    records,
    steps: {
      ...steps,
      write: (release) => {
        ({ commit } = release);
        steps.write(release);
      },
      preview: () => note("preview", steps.preview, isZero),
      up: () => note("up", steps.up, isZero),
      verify: (release) =>
        note(
          "rollout",
          () => steps.verify(release),
          (left) => left.length === 0,
        ),
      smoke: () => note("smoke", steps.smoke, isZero),
    },
  };
}
