import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { problems, read } from "./settingsOf.ts";

const commit = "a".repeat(40);
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("mesh-six:release", () => {
  test("is empty by default: the branch and the overlay's own tags count", () => {
    const { argocd, dashboard } = read();
    assert.equal(argocd.revision, "main");
    assert.deepEqual(argocd.images, []);
    assert.equal(dashboard.image, "registry.bto.bar/jaybrto/mesh-six-dashboard:latest");
  });

  test("pins the Application's revision, each image, and the dashboard's", () => {
    const { argocd, dashboard } = read({
      imageRepository: "registry.example:5000/team/six",
      release: JSON.stringify({ commit, images: { dashboard: digest("1"), orchestrator: digest("2") } }),
    });
    assert.equal(argocd.revision, commit);
    assert.ok(argocd.images.includes(`registry.example:5000/team/six-orchestrator@${digest("2")}`));
    assert.equal(dashboard.image, `registry.example:5000/team/six-dashboard@${digest("1")}`);
  });

  for (const [title, release] of [
    ["a commit without images", { commit }],
    ["images without a commit", { images: { orchestrator: digest("1") } }],
    ["a short commit", { commit: "abc1234", images: { orchestrator: digest("1") } }],
    ["a tag in place of a digest", { commit, images: { orchestrator: "latest" } }],
  ] as const)
    test(`refuses ${title}`, () =>
      assert.match(problems({ release: JSON.stringify(release) }).join(), /mesh-six:release/));
});
