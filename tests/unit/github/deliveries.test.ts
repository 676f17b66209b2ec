import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Delivery,
  rejectedInWords,
  rejectedRemedy,
  rejectedSinceLastGood,
} from "../../../lib/github/deliveries.ts";

let ids = 0;

/** A list as GitHub gives it, the last first, of `EVENT CODE` in the order in which they came. */
function list(...came: readonly string[]): readonly Delivery[] {
  return came
    .map((one) => {
      const [guid = "", code = ""] = one.split(" ");
      ids += 1;
      const status = code.startsWith("2") ? "OK" : `Invalid HTTP Response: ${code}`;
      const event = guid === "ping" ? "ping" : "projects_v2_item";
      const delivered_at = `2026-01-01T12:00:${String(ids % 60).padStart(2, "0")}Z`;
      return { id: ids, guid, event, delivered_at, status_code: Number(code), status };
    })
    .reverse();
}

const guids = (deliveries: readonly Delivery[]) => deliveries.map(({ guid }) => guid);

describe("deliveries that were rejected", () => {
  test("are those since the last good one, the oldest first, each event once", () => {
    assert.deepEqual(guids(rejectedSinceLastGood(list("a 401", "b 200", "c 401", "d 502", "c 401"))), [
      "d",
      "c",
    ]);
    assert.deepEqual(guids(rejectedSinceLastGood(list("a 401", "b 401"))), ["a", "b"]);
    assert.deepEqual(rejectedSinceLastGood(list("a 401", "b 200")), []);
    assert.deepEqual(rejectedSinceLastGood([]), []);
  });

  test("do not count the ping, which comes before anybody listens", () => {
    assert.deepEqual(rejectedSinceLastGood(list("ping 502")), []);
    assert.deepEqual(guids(rejectedSinceLastGood(list("a 401", "ping 200"))), ["a"]);
  });

  test("are told in one line, with the remedy for the last answer", () => {
    const rejected = rejectedSinceLastGood(list("a 502", "b 401"));
    assert.match(
      rejectedInWords(rejected),
      /^2 deliveries rejected since 2026-01-01 12:00 UTC, the last with 401 \(/,
    );
    assert.match(rejectedRemedy(rejected), /^its secret differs/);
    assert.match(rejectedRemedy(rejectedSinceLastGood(list("a 502"))), /^look at the receiver/);
  });
});
