import { isDeepStrictEqual } from "node:util";
import type { BoardInputs, BoardOutputs } from "./model.ts";

/** Inputs that say how to go about it and not what the board is: recorded, but no reason to ask GitHub. */
const manner = new Set(["statusRenames", "statusMoves", "adopt"]);

/** The inputs that differ from what the board is known to be. */
export function changedKeys(olds: BoardOutputs, news: BoardInputs): string[] {
  const theirs = olds.adopted
    ? new Set(["title", "shortDescription", "readme", "public"])
    : new Set<string>();
  const changed = (Object.keys(news) as (keyof BoardInputs | "__provider")[]).filter(
    (key) =>
      key !== "__provider" &&
      !theirs.has(key) &&
      !manner.has(key) &&
      !isDeepStrictEqual(olds[key], news[key]),
  );
  return olds.linked ? changed : [...changed, "linked"];
}
