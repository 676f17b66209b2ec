import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { leftBehind, type Services } from "../../operations/recover/find.ts";
import { GitHub } from "../../lib/github/client.ts";
import { type TestGitHub, testGitHub } from "../support/github/testGitHub.ts";
import type { Cluster, ClusterObject } from "../../lib/kubernetes/cluster.ts";

const webhookUrl = "https://mesh-six.example.com/webhooks/github";

describe("the leftovers of a failed create on GitHub", () => {
  let github: TestGitHub;
  let services: Services;
  before(async () => {
    github = await testGitHub();
    services = {
      github: new GitHub({ baseUrl: github.url, token: github.token, backoffSeconds: 0.01 }),
      organization: github.owner,
      webhookUrl,
      cluster: () => Promise.reject(new Error("not to be asked")),
    };
  });
  after(() => github.close());

  const repository = (name: string, since: Date) =>
    leftBehind(services, {
      resource: { urn: name, type: "github:index/repository:Repository", inputs: { name } },
      since,
    });
  const webhook = (since: Date) =>
    leftBehind(services, {
      resource: { urn: "webhook", type: "github:index/organizationWebhook:OrganizationWebhook" },
      since,
    });
  const make = (name: string) =>
    github.rest("POST", `/orgs/${github.owner}/repos`, { name, auto_init: true });
  const later = () => new Date(Date.now() + 60_000);

  test("are none where nothing is", async () => {
    assert.equal(await repository("nowhere", new Date(0)), undefined);
    assert.equal(await webhook(new Date(0)), undefined);
  });

  test("are a repository that is younger than its component and holds the first commit alone", async () => {
    const since = new Date();
    await make("left");
    assert.equal(await repository("left", since), "left");
  });

  test("are no repository that was there before, nor one that people have put something into", async () => {
    const since = new Date();
    await make("older");
    assert.equal(await repository("older", later()), undefined);
    await make("with-a-file");
    await github.rest("PUT", `/repos/${github.owner}/with-a-file/contents/notes.md`, {
      message: "people wrote it",
      content: Buffer.from("notes\n").toString("base64"),
    });
    assert.equal(await repository("with-a-file", since), undefined);
    await make("with-an-issue");
    await github.rest("POST", `/repos/${github.owner}/with-an-issue/issues`, { title: "something" });
    assert.equal(await repository("with-an-issue", since), undefined);
  });

  test("are a webhook of that address for board events, when it is younger than its component", async () => {
    const since = new Date();
    const config = { url: webhookUrl, content_type: "json" };
    const hook = (url: string, events: readonly string[]) =>
      github.rest<{ id: number }>("POST", `/orgs/${github.owner}/hooks`, {
        name: "web",
        events,
        config: { ...config, url },
      });
    await hook("https://elsewhere.example.com/", ["projects_v2_item"]);
    await hook(`${webhookUrl}/other`, ["projects_v2_item"]);
    assert.equal(await webhook(since), undefined);
    const { id } = await hook(webhookUrl, ["projects_v2_item"]);
    assert.equal(await webhook(since), String(id));
    assert.equal(await webhook(later()), undefined);
  });
});

describe("what a failed create has left in the cluster", () => {
  const labels = { "app.kubernetes.io/part-of": "mesh-six", "app.kubernetes.io/managed-by": "pulumi" };
  const metadata = { name: "mesh-six", labels };
  const inputs = { apiVersion: "v1", kind: "Namespace", metadata: { name: "mesh-six" } };
  const type = "kubernetes:core/v1:Namespace";
  const resource = { urn: `urn:pulumi:prod::mesh-six::${type}::namespace`, type, inputs };
  const left = (found: ClusterObject | undefined) =>
    leftBehind(
      {
        ...{ github: new GitHub({ baseUrl: "", token: "" }), organization: "", webhookUrl },
        cluster: () => Promise.resolve({ get: () => Promise.resolve(found) } as unknown as Cluster),
      },
      { resource, since: undefined },
    );
  const of = (stack: string) => ({ metadata: { ...metadata, annotations: { "mesh-six/stack": stack } } });

  test("is an object that says it is this stack's, or that was made before objects said so", async () => {
    assert.equal(await left(of("prod")), "mesh-six");
    assert.equal(await left({ metadata }), "mesh-six");
    assert.equal(await left(undefined), undefined);
  });

  test("is not another stack's, nor one of another program of Pulumi's", async () => {
    const others = { name: "mesh-six", labels: { "app.kubernetes.io/managed-by": "pulumi" } };
    await assert.rejects(
      left(of("dev")),
      /does not carry this stack's labels and annotation; set mesh-six:adopt/,
    );
    await assert.rejects(left({ metadata: others }), /does not carry this stack's labels/);
  });
});
