import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { diff, read, update } from "../../../providers/webhookPing/provider.ts";
import { addBoard, addCards, boardSeen } from "../../support/github/boards.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

describe("events that the webhook's receiver rejects", () => {
  /** The secret that the receiver knows, and the events that it took. */
  let known = "";
  let taken: string[] = [];
  /** The number of genuine deliveries that it refuses. */
  let refusals = 0;
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const expected = `sha256=${createHmac("sha256", known).update(body).digest("hex")}`;
      const isGenuine = request.headers["x-hub-signature-256"] === expected && refusals-- <= 0;
      if (isGenuine) taken.push(String(request.headers["x-github-delivery"]));
      response.writeHead(isGenuine ? 200 : 401).end();
    });
  });
  const url = "https://receiver.example.com/webhooks";
  let github: TestGitHub;
  let hookId = "";
  before(async () => {
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    github = await testGitHub({ hostMap: { "receiver.example.com": origin } });
    github.use();
    known = "first";
    const config = { url, content_type: "json", secret: "first" };
    const hook = { name: "web", events: ["projects_v2_item"], config };
    hookId = String((await github.rest<{ id: number }>("POST", "/orgs/bto-labs/hooks", hook)).id);
    await addBoard(github, "Watched");
    await cards();
  });
  after(async () => {
    await github.close();
    receiver.close();
  });

  const cards = async () => {
    await addCards(github, await boardSeen(github, "Watched"), 3);
    await github.settle();
  };
  const props = () => ({ organization: "bto-labs", hookId, url, stays: true, outcome: "answered 200 (OK)" });
  const setSecret = (secret: string) =>
    github.rest("PATCH", `/orgs/bto-labs/hooks/${hookId}/config`, { secret });

  test("are none while it takes them, so that a refresh changes nothing", async () => {
    const state = { ...props(), secret: "first" };
    assert.deepEqual((await read(hookId, state)).props, state);
    assert.equal((await diff(hookId, state, state)).changes, false);
  });

  test("are seen by a refresh when somebody changed the secret on GitHub, and the update sets it and sends them again", async () => {
    const state = { ...props(), secret: "first" };
    await setSecret("by hand");
    taken = [];
    await cards();
    assert.deepEqual(taken, []);
    const { props: seen } = await read(hookId, state);
    assert.match(seen.rejected ?? "", /^[36] deliveries rejected since .* with 401/);
    assert.equal((await diff(hookId, seen, state)).changes, true);
    const { outs } = await update(hookId, seen, state);
    assert.match(outs.outcome, /^[36] rejected before, taken when sent again$/);
    assert.ok(taken.length >= 3);
    assert.deepEqual((await read(hookId, outs)).props, outs);
    assert.equal((await diff(hookId, outs, state)).changes, false);
  });

  test("are sent again after a rotation, until the receiver knows the new secret", async () => {
    const state = { ...props(), secret: "first" };
    await setSecret("second");
    taken = [];
    await cards();
    // The pods start again while the update goes on.
    setTimeout(() => (known = "second"), 4_000);
    const { outs } = await update(hookId, state, { ...state, secret: "second" });
    assert.match(outs.outcome, /rejected before, taken when sent again$/);
    assert.ok(taken.length >= 3);
  });

  test("are all sent again after a rotation of which some pods of the receiver know sooner than others", async () => {
    const state = { ...props(), secret: "second" };
    await setSecret("third");
    taken = [];
    await cards();
    // One event reaches a pod that knows the secret already, and is taken.
    known = "third";
    await addCards(github, await boardSeen(github, "Watched"), 1);
    await github.settle();
    const soon = taken.length;
    assert.ok(soon > 0);
    const { outs } = await update(hookId, state, { ...state, secret: "third" });
    assert.match(outs.outcome, /^\d+ rejected before, taken when sent again$/);
    assert.ok(taken.length - soon >= 3, taken.join());
  });

  test("are sent again until each is taken, whichever of them are taken first", async () => {
    const state = { ...props(), secret: "third" };
    await setSecret("fourth");
    taken = [];
    await cards();
    known = "fourth";
    // The first that is sent again reaches a pod that does not know the secret yet.
    refusals = 1;
    const { outs } = await update(hookId, state, { ...state, secret: "fourth" });
    assert.match(outs.outcome, /^\d+ rejected before, taken when sent again$/);
    assert.equal(new Set(taken).size, Number.parseInt(outs.outcome, 10));
  });
});
