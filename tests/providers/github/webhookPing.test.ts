import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { check, create, delete as remove, diff, update } from "../../../providers/webhookPing/provider.ts";
import { addBoard, addCards, boardSeen } from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("the outcome of a webhook's ping", () => {
  const receiver = createServer((request, response) => {
    request.resume();
    // Later than the first look for it.
    void sleep(request.url === "/late" ? 2500 : 0).then(() =>
      response.writeHead(request.url === "/missing" ? 404 : 200).end(),
    );
  });
  let github: TestGitHub;
  before(async () => {
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    github = await testGitHub({ hostMap: { "receiver.example.com": url } });
    github.use();
  });
  after(async () => {
    await github.close();
    receiver.close();
  });

  const outcomes: Readonly<Record<string, string>> = {
    "https://receiver.example.com/webhooks": "answered 200 (OK)",
    "https://receiver.example.com/missing": "answered 404 (Invalid HTTP Response: 404)",
    "https://receiver.example.com/late": "answered 200 (OK)",
    "https://nobody.example.com/webhooks": "not delivered: failed to connect to host",
  };
  for (const [url, expected] of Object.entries(outcomes)) {
    test(`is reported: ${new URL(url).host}${new URL(url).pathname} has ${expected}`, async () => {
      const { id } = await github.rest<{ id: number }>("POST", `/orgs/${github.owner}/hooks`, {
        name: "web",
        events: ["projects_v2_item"],
        config: { url, content_type: "json" },
      });
      const { outs } = await create({ organization: github.owner, hookId: String(id) });
      assert.equal(outs.outcome, expected);
      // The events of the next tests would go to it too, and the late receiver takes its time for each.
      await github.rest("DELETE", `/orgs/${github.owner}/hooks/${id}`);
    });
  }

  test("is none for a webhook that was taken over, with the last of its deliveries", async () => {
    const { id } = await github.rest<{ id: number }>("POST", `/orgs/${github.owner}/hooks`, {
      name: "web",
      events: ["projects_v2_item"],
      config: { url: "https://receiver.example.com/busy", content_type: "json" },
    });
    await addBoard(github, "Busy");
    // Each card is a delivery when it is added, and one when it gets its status.
    await addCards(github, await boardSeen(github, "Busy"), 55);
    const { outs } = await create({ organization: github.owner, hookId: String(id) });
    assert.equal(outs.outcome, "none lately; the last delivery, projects_v2_item: answered 200 (OK)");
  });

  test("is of a webhook that is not deleted once people gave it another address", async () => {
    const url = "https://receiver.example.com/ours";
    const { id } = await github.rest<{ id: number }>("POST", `/orgs/${github.owner}/hooks`, {
      name: "web",
      events: ["projects_v2_item"],
      config: { url, content_type: "json" },
    });
    const hookId = String(id);
    const ping = { organization: github.owner, hookId, url, stays: false };
    await remove(hookId, ping);
    await github.rest("PATCH", `/orgs/${github.owner}/hooks/${id}`, {
      config: { url: "https://receiver.example.com/theirs", content_type: "json" },
    });
    await assert.rejects(
      remove(hookId, ping),
      /to deliver to \S+\/ours before it is deleted, got \S+\/theirs;/,
    );
    await remove(hookId, { ...ping, stays: true });
    await remove(hookId, { organization: github.owner, hookId });
    await github.rest("DELETE", `/orgs/${github.owner}/hooks/${id}`);
    await remove(hookId, ping);
  });

  test("is of a webhook that was taken over, which stays when the settings say so no more", async (t) => {
    const url = "https://receiver.example.com/adopted";
    const { id } = await github.rest<{ id: number }>("POST", `/orgs/${github.owner}/hooks`, {
      name: "web",
      events: ["projects_v2_item"],
      config: { url, content_type: "json" },
    });
    const hookId = String(id);
    const said = t.mock.method(console, "log", () => undefined);
    const declared = { organization: github.owner, hookId, url };
    const { inputs: adopting } = await check({}, { ...declared, stays: true, adopted: true });
    const { inputs: later } = await check(adopting, { ...declared, stays: true });
    assert.equal(said.mock.callCount(), 0);
    const { inputs: deletable } = await check(later, { ...declared, stays: false });
    assert.match(
      String(said.mock.calls[0]?.arguments[0]),
      /it was taken over, so it stays: a destroy is refused/,
    );
    // A state of before knows the number alone.
    const state = { organization: github.owner, hookId, outcome: "answered 200 (OK)" };
    assert.equal((await diff(hookId, state, adopting)).changes, false);
    assert.equal((await diff(hookId, state, deletable)).changes, true);
    const { outs } = await update(hookId, state, deletable);
    assert.equal((await diff(hookId, outs, deletable)).changes, false);
    await assert.rejects(
      remove(hookId, outs),
      /expected one that this stack made .* got one that was taken over;/,
    );
    await remove(hookId, { ...outs, stays: true });
    await github.rest("DELETE", `/orgs/${github.owner}/hooks/${id}`);
    await remove(hookId, outs);
    const { inputs: another } = await check(deletable, { ...declared, hookId: "8", stays: false });
    assert.equal(another.adopted, undefined, "a new webhook is the stack's own");
  });

  test("is of a webhook that will go with the stack, which is said when the settings begin to say so", async (t) => {
    const said = t.mock.method(console, "log", () => undefined);
    const declared = { organization: github.owner, hookId: "7", url: "https://a.example.com" };
    await check({ ...declared, stays: true }, { ...declared, stays: false });
    assert.match(String(said.mock.calls[0]?.arguments[0]), /it is deleted with the stack from now on/);
    await check({ ...declared, stays: false }, { ...declared, stays: false });
    await check({}, { ...declared, stays: false });
    assert.equal(said.mock.callCount(), 1);
  });

  test("is no reason to update a state of before, and one that knows the address follows it", async () => {
    const before = { organization: github.owner, hookId: "7" };
    const now = { ...before, url: "https://a.example.com", stays: true };
    assert.equal((await diff("7", before, now)).changes, false);
    assert.equal((await diff("7", now, now)).changes, false);
    const { changes, replaces } = await diff("7", now, { ...now, stays: false });
    assert.deepEqual([changes, replaces], [true, []]);
  });
});
