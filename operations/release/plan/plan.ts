import type { Release } from "../../../settings/release.ts";

/** The changes of a release, image by image. */
export interface ReleasePlan {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Images with another digest. */
  readonly moves: readonly Move[];
  /** Images of the same digest. */
  readonly stays: readonly string[];
  /** Images that only the new release pins. */
  readonly comes: readonly string[];
  /** Images that only the old release pins. */
  readonly goes: readonly string[];
}

export interface Move {
  readonly image: string;
  readonly from: string;
  readonly to: string;
}

/** Compares two releases; an empty one pins nothing. */
export function planRelease(old: Release, next: Release): ReleasePlan {
  const names = [...new Set([...Object.keys(old.images), ...Object.keys(next.images)])].sort();
  const both = names.filter((name) => old.images[name] !== undefined && next.images[name] !== undefined);
  return {
    from: old.commit,
    to: next.commit,
    moves: both
      .filter((image) => old.images[image] !== next.images[image])
      .map((image) => ({ image, from: old.images[image]!, to: next.images[image]! })),
    stays: both.filter((image) => old.images[image] === next.images[image]),
    comes: names.filter((name) => old.images[name] === undefined),
    goes: names.filter((name) => next.images[name] === undefined),
  };
}

/** Whether both name the same commit and the same digests. */
export function isSameRelease(a: Release, b: Release): boolean {
  const { moves, comes, goes } = planRelease(a, b);
  return a.commit === b.commit && moves.length + comes.length + goes.length === 0;
}
