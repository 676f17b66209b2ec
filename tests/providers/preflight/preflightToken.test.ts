import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type GitHubUse, hastyGitHub, lookAtToken, tokenProblems } from "../../../preflight/githubToken.ts";
import { TokenGuard } from "../../../preflight/tokenGuard.ts";
import {
  lookAtGitHub,
  lookAtLogin,
  lookAtOwner,
  permissionItems,
} from "../../../operations/doctor/github/tokenChecks.ts";
import type { Settings } from "../../../settings/settings.ts";
import type { TokenSettings } from "../../../sandbox/emulators/github/http/tokens.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const everyScope = ["repo", "project", "admin:org_hook"];
const everyPermission = {
  administration: "write",
  contents: "write",
  organization_projects: "write",
  organization_hooks: "write",
} as const;

const withoutScope = (lacking: string) => everyScope.filter((scope) => scope !== lacking);
const withoutPermission = (lacking: keyof typeof everyPermission) =>
  Object.fromEntries(Object.entries(everyPermission).filter(([name]) => name !== lacking));

interface Case {
  readonly settings: Omit<TokenSettings, "login">;
  /** The message that must come, and the one check of doctor's that must fail; nothing where nothing is missing. */
  readonly missing?: { readonly said: RegExp; readonly check: string };
}

const repositories = "token for repositories";
const boards = "token for boards";
const webhook = "token for the organization's webhook";

const cases: Readonly<Record<string, Case>> = {
  ghp_all: { settings: { scopes: everyScope } },
  ghp_without_repo: {
    settings: { scopes: withoutScope("repo") },
    missing: { said: /scope repo for repositories/, check: repositories },
  },
  ghp_without_project: {
    settings: { scopes: withoutScope("project") },
    missing: { said: /scope project for boards/, check: boards },
  },
  ghp_without_hook: {
    settings: { scopes: withoutScope("admin:org_hook") },
    missing: { said: /scope admin:org_hook for the organization's webhook/, check: webhook },
  },
  pat_all: { settings: { permissions: everyPermission } },
  pat_without_administration: {
    settings: { permissions: withoutPermission("administration") },
    missing: { said: /Administration \(write\) .* for repositories/, check: repositories },
  },
  pat_without_contents: {
    settings: { permissions: withoutPermission("contents") },
    missing: {
      said: /Contents \(write\) for repositories' contents/,
      check: "token for repositories' contents",
    },
  },
  pat_without_projects: {
    settings: { permissions: withoutPermission("organization_projects") },
    missing: { said: /Projects \(write\) for boards/, check: boards },
  },
  pat_that_reads_projects: {
    settings: { permissions: { ...everyPermission, organization_projects: "read" } },
    missing: { said: /Projects \(write\) for boards/, check: boards },
  },
  pat_without_hooks: {
    settings: { permissions: withoutPermission("organization_hooks") },
    missing: { said: /Webhooks \(write\) for the organization's webhook/, check: webhook },
  },
};

describe("the look at GitHub's token", () => {
  let github: TestGitHub;
  before(async () => {
    github = await testGitHub({
      tokens: {
        ghp_test_of_the_test: { login: "person" },
        ...Object.fromEntries(
          Object.entries(cases).map(([token, { settings }]) => [token, { login: "robot", ...settings }]),
        ),
      },
    });
    await github.rest("POST", "/orgs/bto-labs/repos", { name: "there", auto_init: true });
  });
  after(() => github.close());

  const use = (token: string, changes: Partial<GitHubUse> = {}): GitHubUse => ({
    baseUrl: github.url,
    token,
    organization: "bto-labs",
    repositories: [{ name: "there", public: true, template: "gwa-test-app" }],
    webhook: true,
    ...changes,
  });

  for (const [token, { missing }] of Object.entries(cases)) {
    const what = missing === undefined ? "is content with" : "names the one thing that is missing in";
    test(`${what} ${token.replaceAll("_", " ")}, and writes nothing`, async () => {
      await github.writes();
      const problems = await new TokenGuard(use(token), true).problems();
      const settings = { inPlain: () => ({ github: use(token) }) } as Settings;
      const reached = (await lookAtGitHub(settings)).value!;
      const known = lookAtOwner(lookAtLogin(reached).value!).value!;
      const found = await Promise.all(
        permissionItems(known).map(async ([name, look]) => [name, await look()] as const),
      );
      const failing = found.filter(([, { status }]) => status === "fail");
      assert.deepEqual(await github.writes(), []);
      assert.equal(problems.length, missing === undefined ? 0 : 1, problems.join("\n"));
      assert.deepEqual(
        failing.map(([check]) => check),
        missing === undefined ? [] : [missing.check],
      );
      if (missing === undefined) return;
      assert.match(problems[0]!, missing.said);
      assert.match(problems[0]!, /pulumi config set --secret mesh-six:githubToken/);
    });
  }

  test("names everything at once that a token without any scope lacks", async () => {
    await github.writes();
    const bare = { ...use("ghp_all"), repositories: [{ name: "new", public: false, template: "" }] };
    const found = await lookAtToken(hastyGitHub(bare), bare);
    assert.deepEqual(tokenProblems(found, bare), []);
    const none = await testGitHub({ tokens: { ghp_none: { login: "robot", scopes: [] } } });
    try {
      const other = { ...bare, token: "ghp_none", baseUrl: none.url };
      const problems = tokenProblems(await lookAtToken(hastyGitHub(other), other), other);
      assert.equal(problems.length, 3, problems.join("\n"));
      assert.deepEqual(await none.writes(), []);
    } finally {
      await none.close();
    }
  });

  test("takes one request for a classic token", async () => {
    await github.requests();
    await new TokenGuard(use("ghp_all"), true).problems();
    assert.equal(await github.requests(), 1);
  });

  test("refuses a person's account as owner of boards", async () => {
    const person = use("ghp_all", { organization: "robot" });
    const [problem, ...more] = tokenProblems(await lookAtToken(hastyGitHub(person), person), person);
    assert.match(problem!, /expected an organization, got the user robot; GitHub tells nobody/);
    assert.deepEqual(more, []);
  });

  test("tells a GitHub out of reach, an unknown token and an unknown owner apart", async () => {
    const of = (changes: Partial<GitHubUse>) =>
      lookAtGitHub({ inPlain: () => ({ github: use("ghp_all", changes) }) } as Settings);
    const away = await of({ baseUrl: "http://127.0.0.1:1" });
    assert.equal(away.status, "fail");
    assert.match(away.detail, /expected an answer from GitHub, got none/);
    const wrong = lookAtLogin((await of({ token: "ghp_wrong" })).value!);
    assert.match(wrong.detail, /mesh-six:githubToken: expected one that GitHub takes, got 401/);
    const nobody = lookAtLogin((await of({ organization: "nobody-at-all" })).value!);
    assert.equal(nobody.status, "pass");
    assert.match(lookAtOwner(nobody.value!).detail, /got none named nobody-at-all/);
  });
});
