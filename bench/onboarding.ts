import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { create as makeBoard } from "../providers/projectBoard/provider.ts";
import { create as seed } from "../providers/repositoryContents/provider.ts";
import { templateDigest } from "../providers/repositoryContents/template.ts";
import { boardInputs } from "../tests/support/github/boards.ts";
import { contentsInputs } from "../tests/support/github/contents.ts";
import { testGitHub } from "../tests/support/github/testGitHub.ts";
import { TestSandbox } from "../tests/support/engine/sandbox.ts";
import { askedBy, changeSettings, githubOf } from "../tests/support/github/sandboxGithub.ts";
import { median, type Measurement, timed } from "./measurement.ts";
import { upOfProgram } from "./programs/up.ts";

const counts = [1, 10, 100];
const repetitions = 5;

/**
 * Measures repositories: time and requests of an `up` that changes nothing, size of the state, and requests of the
 * first `up`.
 */
export async function benchmarkOnboarding(report: (measurement: Measurement) => void): Promise<void> {
  await countRequests(report);
  const sandbox = await TestSandbox.create();
  try {
    const times: number[] = [];
    const sizes: number[] = [];
    for (const count of counts) {
      await declare(sandbox, count);
      const status = await sandbox.status();
      const github = await githubOf(sandbox);
      const runs: number[] = [];
      const asked = await askedBy(github, async () => {
        for (let run = 0; run < repetitions; run += 1) runs.push(await timed(() => upOfProgram(status)));
      });
      const what = `${count} ${count === 1 ? "entry" : "entries"}`;
      report({ what: `up, no changes, ${what}`, value: median(runs), unit: "ms" });
      report({ what: `requests of that, ${what}`, value: asked.length, unit: "requests", limit: 0 });
      times.push(median(runs));
      sizes.push(stateOf(sandbox));
    }
    const [one = NaN, ten = NaN, hundred = NaN] = times;
    report({ what: "10 entries against 1", value: ten / one, unit: "times", limit: 2 });
    report({ what: "100 entries against 1", value: hundred / one, unit: "times", limit: 2 });
    const [, few = NaN, many = NaN] = sizes;
    report({ what: "state of an entry", value: (many - few) / 90, unit: "bytes", limit: 6144 });

    const { steps } = await declare(sandbox, 101);
    // All rows are one resource: that of the new entry is added to it, and the others are not looked at.
    const touched = steps.filter(
      ({ operation, type }) =>
        !["create", "same"].includes(operation) && !/^pulumi:|mesh-six:RegistryRows$/.test(type),
    );
    report({
      what: "resources of others that the 101st touches",
      value: touched.length,
      unit: "resources",
      limit: 0,
    });
  } finally {
    await sandbox.close();
  }
}

async function declare(sandbox: TestSandbox, count: number) {
  if (count === counts[0]) await sandbox.operate("preview");
  const names = Array.from({ length: count }, (_, index) => ({
    name: `app-${index}`,
    template: "gwa-test-app",
  }));
  changeSettings(sandbox, { repositories: names });
  return await sandbox.operate("up");
}

/** Bytes in the state of the resources this project brings itself, in all. */
function stateOf(sandbox: TestSandbox): number {
  const path = join(sandbox.directory, "state/.pulumi/stacks/mesh-six/sandbox.json");
  const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
    checkpoint: { latest: { resources: readonly { type: string }[] } };
  };
  const own = /mesh-six:(components:GitHubProject|RepositoryContents|ProjectBoard|RegistryRows)$/;
  return checkpoint.latest.resources
    .filter(({ type }) => own.test(type))
    .reduce((bytes, resource) => bytes + Buffer.byteLength(JSON.stringify(resource)), 0);
}

/** Requests for one repository with 1 and with 100 files, beside writing one file at a time. */
async function countRequests(report: (measurement: Measurement) => void): Promise<void> {
  const github = await testGitHub();
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-bench-"));
  try {
    for (const files of [1, 100]) {
      const paths = Array.from({ length: files }, (_, index) => `file-${index}.txt`);
      for (const path of paths) await writeFile(join(folder, path), `${path}\n`);
      const inputs = await boardInputs(github, `with-${files}-files`);
      const template = relative(process.cwd(), folder);
      await github.requests();
      await seed(contentsInputs(github, inputs.repository, { template, digest: templateDigest(folder) }));
      await makeBoard(inputs);
      const what = `repository with ${files} ${files === 1 ? "file" : "files"}`;
      report({ what: `${what}: own requests`, value: await github.requests(), unit: "requests", limit: 9 });

      const other = await boardInputs(github, `one-by-one-${files}`);
      for (const path of paths) {
        await github.rest("PUT", `/repos/${other.repository}/contents/${path}`, {
          message: `Add ${path}`,
          content: Buffer.from(`${path}\n`).toString("base64"),
        });
      }
      // The plugin's RepositoryFile also looks before it writes, and reads the file and its commit afterwards.
      report({
        what: `${what}, one at a time: writes, each a commit`,
        value: paths.length,
        unit: "requests",
      });
    }
  } finally {
    await github.close();
    await rm(folder, { recursive: true, force: true });
  }
}
