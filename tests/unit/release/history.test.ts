import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { wayTo } from "../../../operations/release/history.ts";

const release = (letter: string) => ({
  commit: letter.repeat(40),
  images: { x: `sha256:${letter.repeat(64)}` },
});

describe("the way to the present release", () => {
  for (const [title, updates, way] of [
    ["is every release, newest first", "cba", "cba"],
    ["has the same one twice in a row once", "ccba", "cba"],
    ["leaves out one that the stack went back from by itself", "aba0", "a0"],
    ["leaves out all that lies between two updates to the same one", "bcdba", "ba"],
    ["keeps one that was released again", "babz", "bz"],
  ] as const) {
    test(title, () => {
      const entries = [...updates].map((letter, at) => ({
        release: release(letter),
        update: updates.length - at,
        at: "",
      }));
      assert.deepEqual(
        wayTo(entries).map((entry) => entry.release.commit?.[0]),
        [...way],
      );
      assert.equal(wayTo(entries)[0]?.update, updates.length);
    });
  }
});
