import { release, type Release } from "../../settings/release.ts";
import { type PulumiCall, runPulumi } from "../stack/pulumi.ts";
import { isSameRelease } from "./plan/plan.ts";

/** One earlier release of the stack. */
export interface EarlierRelease {
  readonly release: Release;
  /** Number of the update that converged on it; 0 where the stack's backend does not count them. */
  readonly update: number;
  /** Time of its end, ISO 8601. */
  readonly at: string;
}

interface HistoryEntry {
  readonly kind: string;
  readonly version: number;
  readonly result: string;
  readonly endTime: string;
  readonly config?: Readonly<Record<string, { readonly value?: string; readonly objectValue?: unknown }>>;
}

/**
 * The way by which the stack came to its present release, newest first.
 *
 * @throws Error with the engine's words when the history cannot be read
 */
export async function earlierReleases(call: PulumiCall): Promise<EarlierRelease[]> {
  const text = await runPulumi(call, ["stack", "history", "--json", "--page-size", "0"]);
  const found: EarlierRelease[] = [];
  for (const entry of JSON.parse(text) as HistoryEntry[]) {
    if (entry.kind !== "update" || entry.result !== "succeeded") continue;
    const setting = entry.config?.["mesh-six:release"];
    const value =
      setting?.objectValue ?? (setting?.value === undefined ? {} : (JSON.parse(setting.value) as unknown));
    const parsed = release.safeParse(value);
    if (!parsed.success) continue;
    found.push({ release: parsed.data, update: entry.version, at: entry.endTime });
  }
  return wayTo(found);
}

/**
 * Leaves out what the stack went back from: releases between two updates to the same one are not on the way.
 *
 * @param releases - newest first
 */
export function wayTo(releases: readonly EarlierRelease[]): EarlierRelease[] {
  const way: EarlierRelease[] = [];
  for (const one of releases) {
    const at = way.findIndex(({ release: known }) => isSameRelease(known, one.release));
    if (at < 0) way.push(one);
    else way.length = at + 1;
  }
  return way;
}
