import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { refuseUnadoptable } from "../../../preflight/adopted.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

let github: TestGitHub;
const owner = "bto-labs";
const names = ["there", "renamed", "archived"] as const;

before(async () => {
  github = await testGitHub();
  for (const name of names) await github.rest("POST", `/orgs/${owner}/repos`, { name });
  await github.rest("PATCH", `/repos/${owner}/renamed`, { name: "called-now" });
  await github.rest("PATCH", `/repos/${owner}/archived`, { archived: true });
});
after(() => github.close());

/** The message about one entry. */
async function saidOf(name: string, more: { adopt?: boolean; renamedFrom?: string; held?: string } = {}) {
  const { adopt = true, renamedFrom = "", held } = more;
  const use = {
    ...{ baseUrl: github.url, token: github.token, organization: owner },
    ...{ repositories: [], webhook: false },
  };
  return refuseUnadoptable(
    use,
    [{ name, adopt, renamedFrom }],
    new Set(held === undefined ? [] : [held]),
  ).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
}

for (const [name, said] of [
  [
    "nowhere",
    /^repository bto-labs\/nowhere: expected one to take over, got none that the token sees; .*adopt/,
  ],
  ["renamed", /got one that is called called-now now; set name: called-now in its entry/],
  ["archived", /got one that is archived, .*; unarchive it/],
] as const) {
  test(`a repository to be taken over that is ${name} is refused in one line`, async () => {
    const message = await saidOf(name);
    assert.match(message, said);
    assert.doesNotMatch(message, /\n/);
  });
}

test("one that can be taken over, or is not to be, or is the stack's already, is not refused", async () => {
  assert.equal(await saidOf("there"), "");
  assert.equal(await saidOf("THERE"), "");
  await github.requests();
  assert.equal(await saidOf("nowhere", { adopt: false }), "");
  assert.equal(await saidOf("renamed", { held: "renamed" }), "");
  assert.equal(await saidOf("called-next", { renamedFrom: "renamed", held: "renamed" }), "");
  assert.equal(await github.requests(), 0, "no request");
});

test("one that has another owner by now is refused by both of its names", async () => {
  await github.renameOrganization(owner, "bto-next");
  assert.match(
    await saidOf("there"),
    /^repository bto-labs\/there: .* got one that is bto-next\/there now; .*githubOrganization bto-next; .*transfer it back/,
  );
});
