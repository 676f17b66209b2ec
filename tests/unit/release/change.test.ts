import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { stackFrom } from "../../../operations/doctor/stack.ts";
import { reportRelease } from "../../../operations/release/plan/change.ts";
import { releaseKind, releaseLines, type ReleaseReport } from "../../../operations/release/plan/report.ts";
import { collectReports, type Reports } from "../../../lib/pulumi/report.ts";
import { Application } from "../../support/cluster/application.ts";
import { secrets } from "../settings/settingsOf.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("what a preview reports of a release", () => {
  let application: Application;
  let reports: Reports;
  before(() => {
    application = new Application();
    reports = collectReports();
    Object.assign(process.env, reports.environment);
  });
  after(() => {
    reports.close();
    application.remove();
  });

  /** The report on the way between two releases, with one image that moves. */
  async function reported(from: string, to: string): Promise<ReleaseReport> {
    const given = {
      ...secrets,
      release: JSON.stringify({ commit: to, images: { orchestrator: digest("2") } }),
    };
    const values = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [`mesh-six:${key}`, value]),
    );
    const isSecret = (key: string) => key.slice("mesh-six:".length) in secrets;
    const image = `registry.bto.bar/jaybrto/mesh-six-orchestrator@${digest("1")}`;
    const source = { targetRevision: from, kustomize: { images: [image] } };
    const state = {
      deployment: {
        resources: [
          {
            type: "kubernetes:argoproj.io/v1alpha1:Application",
            inputs: { metadata: { name: "mesh-six" }, spec: { source } },
          },
        ],
      },
    };
    await reportRelease(stackFrom("prod", { values, isSecret }, state), application.folder);
    const [report] = reports.read<ReleaseReport>(releaseKind);
    assert.ok(report);
    return report.data;
  }

  test("stops one whose overlay cannot be rendered, and says that services were not compared", async () => {
    const from = application.git("rev-parse", "HEAD").trim();
    const to = application.commit({ "README.md": "# new\n" }, "new");
    const report = await reported(from, to);
    assert.equal(report.missing.length, 1);
    assert.match(
      report.missing[0] ?? "",
      /^overlay \S+: expected git to read it, got: .*; fetch the commit, /,
    );
    assert.deepEqual(
      report.commits.map(({ subject }) => subject),
      ["new"],
    );
    assert.match(
      releaseLines(report).join("\n"),
      /^ {2}services were not compared: the release that the stack runs cannot be rendered: overlay /m,
    );
  });

  test("does not stop one whose commit is not at hand", async () => {
    const report = await reported(application.git("rev-parse", "HEAD").trim(), "c".repeat(40));
    assert.deepEqual(report.missing, []);
    assert.match(
      releaseLines(report).join("\n"),
      /^ {2}commits and migrations were not compared: expected commit c{12} in \S+, got none; /m,
    );
  });
});
