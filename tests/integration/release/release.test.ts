import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Brought } from "../../../operations/release/apply/bring.ts";
import { writePlainSetting } from "../../../operations/stack/settingsFile.ts";
import {
  broken,
  changed,
  deployment,
  faultsOf,
  manifestOf,
} from "../../../sandbox/services/application/sources.ts";
import type { Release } from "../../../settings/release.ts";
import { type Outcome, TestSandbox } from "../../support/engine/sandbox.ts";
import { ReleasedSandbox } from "./support.ts";

const said = ({ stdout, stderr }: Outcome) => `${stdout}\n${stderr}`;

describe("releases of the application on the sandbox", () => {
  let sandbox: TestSandbox;
  let released: ReleasedSandbox;
  let first: Release;

  before(async () => {
    sandbox = await TestSandbox.create();
    const outcome = await sandbox.run(["release", "NEXT"]);
    assert.equal(outcome.code, 0, said(outcome));
    released = await ReleasedSandbox.of(sandbox);
    first = released.written()!;
    // The release itself finds a rollout that hangs, sooner than ArgoCD's own patience.
    writePlainSetting(released.directory.settings, "argocdWait", "false");
  });
  after(() => sandbox.close());

  test("the sandbox shows a good one, with a page of when each part was", async () => {
    const page = readFileSync(join(sandbox.directory, "release-next.html"), "utf8");
    assert.match(page, /<h1>Release [0-9a-f]{12} on stack sandbox: released<\/h1>/);
    assert.equal([...page.matchAll(/class="forth"/g)].length, 3);
    const digests = await released.digests();
    assert.equal(Object.keys(digests).length, 22);
    assert.deepEqual(digests, first.images);
  });

  test("one with 3 of 22 services changed builds, names and rolls exactly these", async () => {
    const names = ["context-service", "cost-tracker", "orchestrator"];
    const { commit, pushed } = await released.commit("Change three", changed(names, 100));
    assert.deepEqual(pushed, names);
    const before = await released.pods();
    const outcome = await released.release("--ref", commit, "--apply", "--json", "--wait", "3");
    assert.equal(outcome.code, 0, said(outcome));
    const { release, steps, pods } = JSON.parse(outcome.stdout) as Brought & { release: Release };
    assert.deepEqual(
      steps.map(({ step, passed }) => [step, passed]),
      [
        ["preview", true],
        ["up", true],
        ["rollout", true],
        ["smoke", true],
      ],
    );
    assert.deepEqual(pods.map(({ service }) => service).sort(), names);
    // The preview, the first step, is on standard error.
    const rolls = [...outcome.stderr.matchAll(/^ {2}roll +image (\S+):/gm)].map(([, name]) => name);
    assert.deepEqual(rolls.sort(), names);
    const after = await released.pods();
    const moved = [...after].filter(([name, { uid }]) => before.get(name)?.uid !== uid).map(([name]) => name);
    assert.deepEqual(moved.sort(), names);
    assert.deepEqual(await released.digests(), release.images);
    const outputs = await released.operate("outputs");
    assert.ok(outputs.stdout.includes(`TEST_RELEASE=${commit}`), said(outputs));
  });

  test("one that is missing an image, or reads a Secret key nobody provides, is refused with one line each", async () => {
    const text = released.settingsText();
    const environment = [
      { name: "KEY", valueFrom: { secretKeyRef: { name: "litellm-secret", key: "nobody-has-it" } } },
      { name: "MODE", valueFrom: { configMapKeyRef: { name: "modes", key: "mode" } } },
    ];
    const overlay = {
      [manifestOf("qa-tester")]: deployment("qa-tester", released.place.prefix, environment),
    };
    const commit = await released.repository.commit("Read more", {
      ...overlay,
      ...changed(["ui-agent"], 101),
    });
    const outcome = await released.release("--ref", commit, "--apply");
    assert.equal(outcome.code, 1);
    const lines = outcome.stderr.trim().split("\n");
    assert.match(
      lines[0] ?? "",
      /^image \S+-ui-agent:content-\S+: expected it in the registry, got none; npm run images/,
    );
    assert.match(
      lines[1] ?? "",
      /^Secret litellm-secret key nobody-has-it for Deployment qa-tester: expected that key, got api-key/,
    );
    assert.match(
      lines[2] ?? "",
      /^ConfigMap modes key mode for Deployment qa-tester: expected it in the overlay or in the cluster, got none/,
    );
    assert.equal(lines.length, 3);
    assert.equal(released.settingsText(), text);
    await released.commit("Read less", {
      [manifestOf("qa-tester")]: deployment("qa-tester", released.place.prefix),
    });
  });

  test("one whose service crashes goes back, with a verified end", async () => {
    const before = await released.digests();
    const { commit } = await released.commit("Crash", broken("cost-tracker", "crash", 102));
    const outcome = await released.release("--ref", commit, "--apply", "--json", "--wait", "0.75");
    assert.equal(outcome.code, 1, said(outcome));
    const { outcome: end, steps } = JSON.parse(outcome.stdout) as Brought;
    assert.equal(end.state, "returned", said(outcome));
    assert.match(
      "reason" in end ? end.reason : "",
      /Deployment cost-tracker: expected every Pod ready, got container cost-tracker: CrashLoopBackOff|smoke/,
    );
    assert.deepEqual(
      steps.slice(-3).map(({ step, passed }) => [step, passed]),
      [
        ["up", true],
        ["rollout", true],
        ["smoke", true],
      ],
    );
    assert.deepEqual(await released.digests(), before);
    await released.repository.commit("Mend", { [faultsOf("cost-tracker")]: undefined });
  });

  test("one whose smoke tests fail goes back by itself", async () => {
    const before = await released.digests();
    const outcome = await sandbox.run(["release", "BAD"]);
    assert.equal(outcome.code, 1, said(outcome));
    assert.match(said(outcome), /back on the release before, verified: the smoke tests failed/);
    assert.deepEqual(await released.digests(), before);
    const page = readFileSync(join(sandbox.directory, "release-bad.html"), "utf8");
    assert.match(page, /back on the release before<\/h1>/);
    assert.match(page, /class="failed"/);
    assert.match(page, /class="back"/);
  });

  test("the one before comes back with the same digests, past those that went back by themselves", async () => {
    const preview = await released.release("--rollback", "--dry-run");
    assert.match(preview.stdout, /roll +image orchestrator/);
    const outcome = await sandbox.run(["release", "PREVIOUS"]);
    assert.equal(outcome.code, 0, said(outcome));
    assert.deepEqual(released.written(), first);
    assert.deepEqual(await released.digests(), first.images);
  });
});
