import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { GitHub } from "../../../lib/github/client.ts";
import { keepRequest } from "../../../operations/release/pullRequest.ts";
import { withPlainSetting } from "../../../operations/stack/settingsFile.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

const settings = "# Production.\nconfig:\n  mesh-six:databaseHost: db.example\n";

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly html_url: string;
  readonly head: { readonly ref: string };
}

describe("the pull request of a release", () => {
  let github: TestGitHub;
  let job: GitHub;
  const repository = "infra";
  before(async () => {
    github = await testGitHub();
    job = new GitHub({ baseUrl: github.url, token: github.token });
    await github.rest("POST", `/orgs/${github.owner}/repos`, { name: repository, auto_init: true });
    await github.rest("PUT", `/repos/${github.owner}/${repository}/contents/Pulumi.prod.yaml`, {
      message: "settings",
      content: Buffer.from(settings).toString("base64"),
    });
  });
  after(() => github.close());

  const propose = (commit: string) =>
    keepRequest(job, {
      owner: github.owner,
      repo: repository,
      branch: "release-prod",
      base: "main",
      path: "Pulumi.prod.yaml",
      textOf: (text) => withPlainSetting(text, "release", { commit, images: { x: "sha256:1" } }),
      title: `Release ${commit}`,
      body: `moves ${commit}`,
    });
  const pulls = () => github.rest<Pull[]>("GET", `/repos/${github.owner}/${repository}/pulls?state=open`);
  const text = async (ref: string) => {
    const path = `/repos/${github.owner}/${repository}/contents/Pulumi.prod.yaml?ref=${ref}`;
    const { content } = await github.rest<{ content: string }>("GET", path);
    return Buffer.from(content, "base64").toString("utf8");
  };

  test("is one, whose diff is the setting alone, and a newer release takes its place", async () => {
    const first = await propose("aaaa");
    const [opened, ...others] = await pulls();
    assert.deepEqual([opened?.title, opened?.html_url, others], ["Release aaaa", first?.address, []]);
    assert.match(
      await text(opened?.head.ref ?? ""),
      /databaseHost: db\.example\n.*release:\n.*commit: aaaa/s,
    );
    assert.equal(await text("main"), settings);

    assert.deepEqual(await propose("bbbb"), first);
    const after = await pulls();
    assert.deepEqual(
      after.map(({ title, body }) => [title, body]),
      [["Release bbbb", "moves bbbb"]],
    );
    assert.match(await text(after[0]?.head.ref ?? ""), /commit: bbbb/);
  });

  test("brings its newest release when it is merged, and what the base has got meanwhile stays", async () => {
    await propose("aaaa");
    await github.rest("PUT", `/repos/${github.owner}/${repository}/contents/other.md`, {
      message: "meanwhile",
      content: Buffer.from("other").toString("base64"),
    });
    await propose("bbbb");
    const [open] = await pulls();
    await github.rest("PUT", `/repos/${github.owner}/${repository}/pulls/${String(open?.number)}/merge`, {});
    assert.match(await text("main"), /commit: bbbb/);
    await github.rest("GET", `/repos/${github.owner}/${repository}/contents/other.md`);
    assert.equal(await propose("bbbb"), undefined);
  });

  test("is not opened where the base has the release already", async () => {
    await github.rest("PUT", `/repos/${github.owner}/${repository}/contents/Pulumi.prod.yaml`, {
      message: "merged",
      content: Buffer.from(
        withPlainSetting(settings, "release", { commit: "cccc", images: { x: "sha256:1" } }),
      ).toString("base64"),
      sha: (
        await github.rest<{ sha: string }>(
          "GET",
          `/repos/${github.owner}/${repository}/contents/Pulumi.prod.yaml`,
        )
      ).sha,
    });
    assert.equal(await propose("cccc"), undefined);
  });
});
