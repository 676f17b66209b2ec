import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { killAtRequest, sweepRequests } from "../../support/engine/killing.ts";
import { assertOneOfEverything } from "../../support/github/onboarded.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { githubOf, hooksOf } from "../../support/github/sandboxGithub.ts";

/** The request that makes the webhook or one near it: everything else of a run from nothing is under way then. */
const samples = [6];

describe("an up from nothing that is killed", () => {
  test("at any request to GitHub leaves one of everything after the next up", (t) =>
    sweepRequests(t, samples, survives));
});

/** @returns false when there is no such request */
async function survives(index: number): Promise<boolean> {
  const sandbox = await TestSandbox.create();
  try {
    // Starts the services, and writes nothing to them.
    await sandbox.operate("preview");
    const github = await githubOf(sandbox);
    if (!(await killAtRequest(sandbox, github, index))) return false;
    await sandbox.operate("up");
    await assertOneOfEverything(sandbox, github, "gwa-test-app");
    await sandbox.operate("up", "--expect-no-changes");
    // The first ping may have come when no Secret was there to judge it by.
    const [hook] = await hooksOf(github);
    await github.rest("POST", `/orgs/bto-labs/hooks/${hook?.id}/pings`);
    assert.equal((await github.deliveries()).at(-1)?.signature, "valid");
    return true;
  } finally {
    await sandbox.close();
  }
}
