import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Line } from "../../../operations/doctor/examination.ts";
import { type Outcome, TestSandbox } from "../../support/engine/sandbox.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";
import { type OnlyWayOut, onlyWayOut } from "../../support/github/onlyWayOut.ts";

const password = "s3cret-of-the-proxy";
const repository = "bto-labs/gwa-test-app";

describe("a stack behind a proxy that is the only way out, with GitHub's authority known to the system alone", () => {
  let github: TestGitHub;
  let way: OnlyWayOut;
  let receiver: Server;
  let sandbox: TestSandbox;

  before(async () => {
    receiver = createServer((_, response) => response.end("OK"));
    await once(receiver.listen(0, "127.0.0.1"), "listening");
    const received = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}`;
    github = await testGitHub({ hostMap: { "mesh-six.bto.bar": received } });
    way = await onlyWayOut(github.url, `robot:${password}`);
    sandbox = await TestSandbox.create();
    // Every command below inherits these, and nothing else that shows the way.
    for (const name of Object.keys(process.env))
      if (/_proxy$|^NODE_|^SSL_CERT|_CERTS?$/i.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      HTTPS_PROXY: way.proxy,
      SSL_CERT_FILE: way.authority,
      GITHUB_TOKEN: github.token,
      GITHUB_API_URL: `${way.url}/api/v3`,
      MESH_SIX_ALLOW_STAND_INS: "1",
    });
  });
  after(async () => {
    await sandbox.close();
    await way.close();
    await github.close();
    receiver.close();
  });

  /** Asserts that GitHub was asked by the proxy, nothing of this machine was, and no password is printed. */
  function assertByProxy({ stdout, stderr }: Outcome): void {
    const asked = way.asked();
    assert.ok(asked.includes(`${new URL(way.url).host}:443`), asked.join());
    assert.doesNotMatch(asked.join("\n"), /^(127\.|localhost|\[::1\])/m);
    assert.equal((stdout + stderr).includes(password), false, "the proxy's password is printed");
  }

  test("converges by the sandbox's up", async () => {
    const outcome = await sandbox.run(["up", "--github-url", way.url, "--allow-stand-ins", "--json"]);
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    assertByProxy(outcome);
    await github.rest("GET", `/repos/${repository}/git/ref/tags/baseline`);
    const [hook] = await github.rest<{ id: number }[]>("GET", "/orgs/bto-labs/hooks");
    assert.ok(hook);
  });

  test("is looked at by doctor as up will look", async () => {
    const outcome = await sandbox.command("doctor", "--json");
    assertByProxy(outcome);
    const lines = JSON.parse(outcome.stdout) as Line[];
    const failed = lines.filter(({ ok, check }) => ok !== true && check !== "plugins");
    assert.deepEqual(failed, []);
    assert.ok(lines.some(({ check, ok }) => check === "webhook" && ok));
  });

  test("tells and takes back by drift and a plain up what somebody changed on GitHub", async () => {
    await github.rest("PATCH", `/repos/${repository}`, { description: "by hand" });
    const drifted = await sandbox.command("drift", "--json");
    assert.equal(drifted.code, 1, drifted.stdout + drifted.stderr);
    assert.match(drifted.stdout, /description/);
    assertByProxy(drifted);
    const put = await sandbox.command("release/apply/up");
    assert.equal(put.code, 0, put.stderr);
    assertByProxy(put);
    const { description } = await github.rest<{ description: string }>("GET", `/repos/${repository}`);
    assert.match(description, /^Bookmarks manager/);
  });

  test("does not change by a plain up, whose environment names nothing but the proxy", async () => {
    const outcome = await sandbox.command("release/apply/up");
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.doesNotMatch(outcome.stderr, /[+~-] +\d+ (created|updated|deleted|replaced)/);
    assert.match(outcome.stderr, /\d+ unchanged/);
  });

  test("leaves its preview as a comment on a pull request", async () => {
    const { number } = await github.rest<{ number: number }>("POST", `/repos/${repository}/issues`, {
      title: "Anything that takes comments",
    });
    const outcome = await sandbox.command(
      "preview",
      "--expect-no-changes",
      "--comment",
      `${repository}#${String(number)}`,
    );
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    const comments = await github.rest<{ body: string }[]>(
      "GET",
      `/repos/${repository}/issues/${String(number)}/comments`,
    );
    assertByProxy(outcome);
    assert.equal(comments.length, 1);
    assert.match(comments[0]?.body ?? "", /Preview of stack sandbox/);
  });
});
