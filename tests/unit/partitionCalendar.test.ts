import assert from "node:assert/strict";
import { test } from "node:test";
import { eachMonth, monthsAhead } from "../../providers/partitions/calendar.ts";

test("counts from the month that it is in the time zone", () => {
  const newYear = new Date("2026-12-31T23:30:00Z");
  assert.deepEqual(monthsAhead(newYear, "UTC", 6), { from: "2026-12", to: "2027-06" });
  assert.deepEqual(monthsAhead(newYear, "Europe/Berlin", 6), { from: "2027-01", to: "2027-07" });
  assert.deepEqual(monthsAhead(new Date("2027-01-01T02:00:00Z"), "America/New_York", 0), {
    from: "2026-12",
    to: "2026-12",
  });
});

test("counts over several years", () => {
  assert.deepEqual(monthsAhead(new Date("2026-11-30T12:00:00Z"), "UTC", 25), {
    from: "2026-11",
    to: "2028-12",
  });
});

test("lists each month once, the first and the last included", () => {
  assert.deepEqual(eachMonth({ from: "2026-11", to: "2027-02" }), [
    "2026-11",
    "2026-12",
    "2027-01",
    "2027-02",
  ]);
  assert.deepEqual(eachMonth({ from: "2026-11", to: "2026-11" }), ["2026-11"]);
});
