import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keepUp, readPlan } from "../../../providers/partitions/runUpkeep.ts";
import { defaultPartition, defaults, event, eventLogDatabase } from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const month = "2040-03";
const directions: Record<string, readonly string[]> = {
  "west, hour by hour": ["UTC", "Etc/GMT+8", "Etc/GMT+9", "Etc/GMT+10", "Etc/GMT+11", "Etc/GMT+12"],
  "east, hour by hour": ["Etc/GMT+1", "UTC", "Etc/GMT-1", "Etc/GMT-2", "Etc/GMT-3", "Etc/GMT-14"],
  "to and fro": [
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
  ],
};

for (const [direction, zones] of Object.entries(directions)) {
  test(`changes of time zone in one month, ${direction}, leave neither a hole nor a failure`, async () => {
    const url = await eventLogDatabase(server, defaultPartition);
    for (const timeZone of zones) {
      const settings = { ...defaults, monthsAhead: 1, timeZone };
      const { partitions } = await keepUp(url, settings, month);
      const inOrder = partitions.toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));
      for (const [index, { from }] of inOrder.entries())
        assert.equal(from, inOrder[index - 1]?.to ?? from, "each begins where the one before ends");
      assert.deepEqual((await readPlan(url, settings, month)).steps, []);
    }
    for (const day of ["2040-03-02", "2040-03-31 10:00", "2040-04-15"]) await server.rows(event(day), url);
    assert.equal((await server.rows("SELECT FROM mesh_six_events_default", url)).length, 0);
  });
}
