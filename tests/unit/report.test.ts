import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { collectReports, writeReport } from "../../lib/pulumi/report.ts";

describe("a provider's report", () => {
  test("reaches the command that asked for it, the latest of each subject, and no other user", (context) => {
    const reports = collectReports();
    context.after(() => reports.close());
    Object.assign(process.env, reports.environment);
    writeReport("migrations", "db:1/a", { pending: 1 });
    writeReport("migrations", "db:1/a", { pending: 2 });
    writeReport("migrations", "db:1/b", { pending: 3 });
    writeReport("other", "db:1/a", {});
    const read = reports
      .read<{ pending: number }>("migrations")
      .map(({ subject, data }) => [subject, data.pending]);
    assert.deepEqual(read.sort(), [
      ["db:1/a", 2],
      ["db:1/b", 3],
    ]);
    assert.equal(statSync(Object.values(reports.environment)[0] ?? "").mode & 0o777, 0o700);
  });

  test("goes nowhere when no command asked, and when its operation is over", () => {
    writeReport("migrations", "db:1/a", {});
    const reports = collectReports();
    Object.assign(process.env, reports.environment);
    reports.close();
    writeReport("migrations", "db:1/a", {});
    assert.equal(existsSync(Object.values(reports.environment)[0] ?? ""), false);
  });
});
