import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { create } from "../../providers/projectBoard/provider.ts";
import { TestBed } from "../e2e/helpers.ts";
import { Database } from "../live/database.ts";
import { boardInputs, boardSeen, statuses } from "../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../support/github/testGitHub.ts";

describe("the end-to-end test's way with GitHub, where answers are lost", () => {
  let github: TestGitHub;
  let bed: TestBed;
  before(async () => {
    github = await testGitHub();
    const { outs } = await create(await boardInputs(github, "gwa-test-app"));
    const databaseUrl = "postgres://nobody@127.0.0.1:1/none";
    const environment = {
      token: github.token,
      githubUrl: github.url,
      projectId: (outs as { projectId: string }).projectId,
      owner: "bto-labs",
      repository: "gwa-test-app",
      appUrl: "http://127.0.0.1:1",
      databaseUrl,
      namespace: "mesh-six",
      kubeconfig: "",
      context: "",
      webhook: undefined,
      timesFaster: 1,
    };
    bed = new TestBed(environment, new Database(databaseUrl));
  });
  after(() => github.close());

  const issues = () =>
    github.rest<readonly { number: number; title: string; state: string; state_reason: string | null }[]>(
      "GET",
      "/repos/bto-labs/gwa-test-app/issues?state=all",
    );

  test("finds the issue it has opened, puts it into Todo and closes it, each once", async () => {
    await github.faults([
      { match: { method: "POST", path: "/issues$" }, action: { kind: "drop", after: true } },
      { match: { operation: "addProjectV2ItemById" }, action: { kind: "drop", after: true } },
      { match: { operation: "updateProjectV2ItemFieldValue" }, action: { kind: "status", status: 502 } },
      { match: { method: "PATCH" }, action: { kind: "status", status: 502 } },
    ]);
    const issue = await bed.open("e2e 1");
    const card = await bed.putOnBoard(issue);
    assert.deepEqual([...statuses(await boardSeen(github, "gwa-test-app Workflow"))], [[card, "Todo"]]);
    await bed.close(issue.number, "completed");
    assert.deepEqual(
      (await issues()).map(({ number, state, state_reason }) => ({ number, state, state_reason })),
      [{ number: issue.number, state: "closed", state_reason: "completed" }],
    );
  });

  test("closes what carries its mark when nobody knows the issue's number, and nothing else", async () => {
    await bed.open("e2e 2");
    await bed.open("e2e 3");
    await bed.closeMarked("e2e 2");
    const open = (await issues()).filter(({ state }) => state === "open");
    assert.deepEqual(
      open.map(({ title }) => title),
      ["Tags for bookmarks (e2e 3)"],
    );
    assert.equal(await bed.closeMarked("e2e 4"), undefined);
  });

  test("sees at once that the card is no longer on the board", async () => {
    const issue = await bed.open("e2e 4");
    const card = await bed.putOnBoard(issue);
    const { id: board } = await boardSeen(github, "gwa-test-app Workflow");
    await github.graphql(
      "mutation ($input: DeleteProjectV2ItemInput!) { deleteProjectV2Item(input: $input) { deletedItemId } }",
      { input: { projectId: board, itemId: card } },
    );
    await assert.rejects(bed.observe(issue, card, new Date(), false), {
      name: "Setback",
      message: "the card was taken off the board by someone",
    });
  });

  test("gives up on what is refused, with GitHub's reason", async () => {
    await github.faults([{ match: { method: "PATCH" }, action: { kind: "status", status: 404 } }]);
    await assert.rejects(bed.close(1, "completed"), /GitHub answered 404/);
  });
});
