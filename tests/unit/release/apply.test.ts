import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyRelease, type ReleaseSteps } from "../../../operations/release/apply/apply.ts";
import { planRelease } from "../../../operations/release/plan/plan.ts";
import { heldByOther } from "../../../operations/release/apply/steps.ts";
import type { Release } from "../../../settings/release.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const old: Release = { commit: "a".repeat(40), images: { x: digest("1"), y: digest("1"), z: digest("1") } };
const next: Release = { commit: "b".repeat(40), images: { w: digest("2"), x: digest("2"), y: digest("1") } };

/** Steps that note what they do; `fails` names the step and the release in which it fails. */
function recorded(fails: Readonly<Record<string, readonly Release[]>>) {
  const done: string[] = [];
  let written = old;
  const name = () => (written === next ? "next" : "old");
  const step = (what: string) => {
    done.push(`${what} ${name()}`);
    return fails[what]?.includes(written) === true;
  };
  const steps: ReleaseSteps = {
    write: (release) => {
      written = release;
      done.push(`write ${name()}`);
    },
    preview: () => Promise.resolve(step("preview") ? 1 : 0),
    up: () => Promise.resolve(step("up") ? 1 : 0),
    verify: () =>
      Promise.resolve(
        step("verify") ? [{ service: "Deployment x", expected: "1 ready Pods", got: "0 ready" }] : [],
      ),
    smoke: () => Promise.resolve(step("smoke") ? 1 : 0),
    progress: () => undefined,
  };
  return { done, steps };
}

const forth = ["write next", "preview next", "up next", "verify next", "smoke next"];
const back = ["write old", "up old", "verify old", "smoke old"];

describe("a release", () => {
  for (const [title, fails, state, steps] of [
    ["is released when it passes every step", {}, "released", forth],
    [
      "is refused when its preview fails",
      { preview: [next] },
      "refused",
      ["write next", "preview next", "write old"],
    ],
    ["goes back when its up fails", { up: [next] }, "returned", [...forth.slice(0, 3), ...back]],
    ["goes back when its rollout hangs", { verify: [next] }, "returned", [...forth.slice(0, 4), ...back]],
    ["goes back, verified, when its smoke test fails", { smoke: [next] }, "returned", [...forth, ...back]],
    ["is broken when its way back fails", { smoke: [next, old] }, "broken", [...forth, ...back]],
  ] as const) {
    test(title, async () => {
      const { done, steps: recordedSteps } = recorded(fails);
      const outcome = await applyRelease({ written: old, old, next }, recordedSteps);
      assert.equal(outcome.state, state);
      assert.deepEqual(done, steps);
    });
  }

  test("is refused, and what the settings said is put back, where another operation holds the stack", async () => {
    const { done, steps } = recorded({});
    const held = { ...steps, up: () => Promise.resolve(heldByOther) };
    const outcome = await applyRelease({ written: old, old: next, next }, held);
    assert.equal(outcome.state, "refused");
    assert.deepEqual(done, ["write next", "preview next", "write old"]);
  });

  for (const [title, thrower, outcome, steps] of [
    [
      "goes back when a step of it throws",
      (now: Release) => now === next,
      { state: "returned", reason: "rollout: no route" },
      [...forth.slice(0, 3), ...back],
    ],
    [
      "is broken when a step of the way back throws too",
      () => true,
      { state: "broken", reason: "rollout: no route", alsoFailed: "rollout: no route" },
      [...forth.slice(0, 3), ...back.slice(0, 2)],
    ],
  ] as const) {
    test(title, async () => {
      const { done, steps: plain } = recorded({});
      const verify = (release: Release) =>
        thrower(release) ? Promise.reject(new Error("no route")) : plain.verify(release);
      assert.deepEqual(await applyRelease({ written: old, old, next }, { ...plain, verify }), outcome);
      assert.deepEqual(done, steps);
    });
  }

  test("is refused when its preview cannot be run", async () => {
    const { done, steps } = recorded({});
    const preview = () => Promise.reject(new Error("no room"));
    assert.deepEqual(await applyRelease({ written: old, old, next }, { ...steps, preview }), {
      state: "refused",
      reason: "the preview: no room; nothing was changed",
    });
    assert.deepEqual(done, ["write next", "write old"]);
  });

  test("is broken when the settings cannot be written any more", async () => {
    const { steps } = recorded({ smoke: [next] });
    const write = (release: Release) => {
      if (release === old) throw new Error("no room");
      steps.write(release);
    };
    assert.deepEqual(await applyRelease({ written: old, old, next }, { ...steps, write }), {
      state: "broken",
      reason: "the smoke tests failed",
      alsoFailed: "going back: no room",
    });
  });

  test("goes no way back when it is interrupted", async () => {
    const { done, steps } = recorded({});
    const verify = () => Promise.reject(new DOMException("stopped", "AbortError"));
    await assert.rejects(applyRelease({ written: old, old, next }, { ...steps, verify }), /stopped/);
    assert.deepEqual(done, forth.slice(0, 3));
  });

  test("names the service that hangs, and why", async () => {
    const outcome = await applyRelease({ written: old, old, next }, recorded({ verify: [next] }).steps);
    assert.deepEqual(outcome, {
      state: "returned",
      reason: "rollout: Deployment x: expected 1 ready Pods, got 0 ready",
    });
  });

  test("is compared image by image", () => {
    assert.deepEqual(planRelease(old, next), {
      from: old.commit,
      to: next.commit,
      moves: [{ image: "x", from: digest("1"), to: digest("2") }],
      stays: ["y"],
      comes: ["w"],
      goes: ["z"],
    });
  });
});
