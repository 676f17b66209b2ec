import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Delivery,
  rejectedInWords,
  rejectedRemedy,
  rejectedSince,
  rejectedSinceLastGood,
} from "../../../lib/github/deliveries.ts";

let ids = 0;

/** A list as GitHub gives it, the last first, of `EVENT CODE` in the order in which they came, `again` for redeliveries. */
function list(...came: readonly string[]): readonly Delivery[] {
  return came
    .map((one) => {
      const [guid = "", code = "", again] = one.split(" ");
      ids += 1;
      const status = code.startsWith("2") ? "OK" : `Invalid HTTP Response: ${code}`;
      const event = guid === "ping" ? "ping" : "projects_v2_item";
      const delivered_at = `2026-01-01T12:00:${String(ids % 60).padStart(2, "0")}Z`;
      const redelivery = again !== undefined;
      return { id: ids, guid, event, delivered_at, redelivery, status_code: Number(code), status };
    })
    .reverse();
}

const guids = (deliveries: readonly Delivery[]) => deliveries.map(({ guid }) => guid);

describe("rejected deliveries", () => {
  test("are those since the last good one, the oldest first, each event once", () => {
    assert.deepEqual(guids(rejectedSinceLastGood(list("a 401", "b 200", "c 401", "d 502", "c 401"))), [
      "d",
      "c",
    ]);
    assert.deepEqual(guids(rejectedSinceLastGood(list("a 401", "b 401"))), ["a", "b"]);
    assert.deepEqual(rejectedSinceLastGood(list("a 401", "b 200")), []);
    assert.deepEqual(rejectedSinceLastGood([]), []);
  });

  test("stay rejected while another one is taken that was sent again, and no longer than themselves", () => {
    const half = ["a 401", "b 401", "c 401", "a 401 again", "b 200 again"];
    assert.deepEqual(guids(rejectedSinceLastGood(list(...half))), ["c", "a"]);
    assert.deepEqual(rejectedSinceLastGood(list(...half, "c 200 again", "a 200 again")), []);
  });

  test("since a time include those between others that were taken", () => {
    const all = list("a 401", "b 401", "c 200", "d 401", "e 200");
    const since = (guid: string) =>
      guids(rejectedSince(all, new Date(all.find((one) => one.guid === guid)?.delivered_at ?? "")));
    assert.deepEqual(since("a"), ["a", "b", "d"]);
    assert.deepEqual(since("c"), ["d"]);
  });

  test("do not count the ping, which comes before anybody listens", () => {
    assert.deepEqual(rejectedSinceLastGood(list("ping 502")), []);
    assert.deepEqual(guids(rejectedSinceLastGood(list("a 401", "ping 200"))), ["a"]);
  });

  test("appear in one line, with the remedy for the last answer", () => {
    const rejected = rejectedSinceLastGood(list("a 502", "b 401"));
    assert.match(
      rejectedInWords(rejected),
      /^2 deliveries rejected since 2026-01-01 12:00 UTC, the last with 401 \(/,
    );
    assert.match(rejectedRemedy(rejected), /^its secret differs/);
    assert.match(rejectedRemedy(rejectedSinceLastGood(list("a 502"))), /^look at the receiver/);
  });
});
