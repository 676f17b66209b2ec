import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { FaultAction } from "../../../sandbox/emulators/github/http/faults.ts";
import * as board from "../../../providers/projectBoard/provider.ts";
import * as contents from "../../../providers/repositoryContents/provider.ts";
import { boardInputs, boardSeen, boardsSeen, optionNames, workflow } from "../../support/github/boards.ts";
import { contentsInputs, contentsSeen } from "../../support/github/contents.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const troubles: Readonly<Record<string, FaultAction>> = {
  "an answer is lost": { kind: "drop", after: true },
  "a connection is cut": { kind: "drop" },
  "GitHub fails after its work": { kind: "status", status: 502, after: true },
  "GitHub fails": { kind: "status", status: 503 },
  "GitHub asks to wait": { kind: "status", status: 429, retryAfter: 0 },
  "a secondary limit is met": { kind: "secondary", status: 403 },
  "a secondary limit is met with status 200": { kind: "secondary", status: 200 },
};

/** Requests of a cold run, with some to spare: the sweep strikes each of them in turn. */
const requests = 8;

describe("one create and another leave one of everything after a fault at any request", () => {
  let github: TestGitHub;
  let made = 0;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  for (const [trouble, action] of Object.entries(troubles)) {
    test(`when ${trouble}`, async () => {
      for (let skip = 0; skip < requests; skip += 1) {
        const inputs = await boardInputs(github, `swept-${(made += 1)}`);
        const seed = contentsInputs(github, inputs.repository);
        await github.faults([{ skip, action }]);
        // Whether this one survives the trouble is its own affair; the next one must find what it left.
        const first = await attempt(inputs, seed);
        await github.faults([]);
        const second = first ?? (await attempt(inputs, seed));
        assert.ok(second, `the create after a strike at request ${skip} failed too`);

        const ours = (await boardsSeen(github)).filter(({ repositories }) =>
          repositories.nodes.some(({ nameWithOwner }) => nameWithOwner === inputs.repository),
        );
        assert.deepEqual(
          ours.map(({ title }) => title),
          [inputs.title],
        );
        const one = await boardSeen(github, inputs.title);
        assert.deepEqual(
          optionNames(one, "Status"),
          workflow.map(({ name }) => name),
        );
        assert.equal(one.fields.nodes.filter(({ name }) => name === "Priority").length, 1);
        const seen = await contentsSeen(github, inputs.repository);
        assert.equal(seen.commits.length, 2, "auto_init's commit and ours");
        assert.equal(seen.tag, seen.commits[0]);
      }
    });
  }

  async function attempt(
    inputs: Parameters<typeof board.create>[0],
    seed: Parameters<typeof contents.create>[0],
  ): Promise<true | undefined> {
    try {
      await contents.create(seed);
      await board.create(inputs);
      return true;
    } catch {
      return undefined;
    }
  }
});

describe("a document of several mutations that GitHub does by halves", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub();
  });
  after(() => github.close());

  for (const field of ["updateProjectV2", "createProjectV2Field", "updateProjectV2Field"]) {
    test(`is finished when ${field} failed and stopped the rest`, async () => {
      const inputs = await boardInputs(github, `half-${field.toLowerCase()}`);
      await github.faults([{ match: { operation: field }, action: { kind: "mutation", field, stop: true } }]);
      await board.create(inputs);
      const one = await boardSeen(github, inputs.title);
      assert.deepEqual(
        optionNames(one, "Status"),
        workflow.map(({ name }) => name),
      );
      assert.deepEqual(optionNames(one, "Priority"), ["Critical", "High", "Medium", "Low"]);
    });
  }
});
