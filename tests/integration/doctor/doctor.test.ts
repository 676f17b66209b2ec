import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse, stringify } from "yaml";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { openSandbox } from "../../../sandbox/place/sandbox.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";
import { defectsOfCluster, defectsThatStay } from "./doctorDefectsOfCluster.ts";
import { defectsOfServices } from "./doctorDefectsOfServices.ts";
import { type Defect, Patient } from "./doctorSupport.ts";

const weakToken = "ghp_doctor_weak";

describe("doctor", () => {
  let sandbox: TestSandbox;
  let patient: Patient;
  let github: TestGitHub;
  before(async () => {
    [sandbox, github] = await Promise.all([
      TestSandbox.create(),
      testGitHub({
        tokens: {
          ghp_test_of_the_test: { login: "person" },
          [weakToken]: { login: "robot", scopes: ["repo", "admin:org_hook"] },
        },
      }),
    ]);
  });
  after(async () => {
    await patient.close();
    await Promise.all([sandbox.close(), github.close()]);
  });

  /** An `up` with the weak token ends with its reason, and GitHub was asked to change nothing. */
  async function assertTokenRefused(): Promise<void> {
    const weak = { GITHUB_TOKEN: weakToken };
    await github.writes();
    const outcome = await sandbox.run(["up", "--github-url", github.url, "--allow-stand-ins"], weak);
    assert.equal(outcome.code, 1);
    const said = outcome.stdout + outcome.stderr;
    assert.match(
      said,
      /mesh-six:githubToken: expected a token with scope project for boards, got one without/,
    );
    assert.deepEqual(await github.writes(), []);
  }

  test("a first up with a token that lacks something is refused by name before the first write", async () => {
    await assertTokenRefused();
    await assert.rejects(sandbox.kubectl("get", "namespace", "mesh-six"), /not found/);
    await sandbox.operate("up", "--github-url", "own");
    patient = await Patient.of(sandbox);
  });

  test("is all green on a sandbox that has converged", async () => {
    const { lines, code } = await patient.examine();
    assert.deepEqual(
      lines.filter(({ ok, status }) => ok !== true || status === "warn").map(({ check }) => check),
      [],
    );
    assert.equal(code, 0);
    assert.ok(lines.length > 40, String(lines.length));
  });

  test("a later up with such a token is refused before it changes anything there", async () => {
    const settings = join(sandbox.directory, "Pulumi.sandbox.yaml");
    const before = await readFile(settings, "utf8");
    const file = parse(before) as { readonly config: { "mesh-six:repositories": unknown[] } };
    file.config["mesh-six:repositories"].push({ name: "second" });
    await writeFile(settings, stringify(file));
    // The sandbox itself changes to no other GitHub while its stack has resources in this one.
    const directory = sandboxDirectory(sandbox.directory);
    openSandbox(directory).credentials.existing = { github: { url: github.url, token: weakToken } };
    await assertTokenRefused();
    openSandbox(directory).credentials.existing = {};
    await writeFile(settings, before);
    await sandbox.operate("up");
  });

  test("shows a person one line each, without colours where nobody sees them", async () => {
    const { stdout, code } = await patient.run([]);
    assert.equal(code, 0);
    assert.equal(stdout.includes("\u001b"), false);
    assert.match(stdout, /^pass {2}engine +3\.\d+/m);
    assert.match(stdout, /0 failed: ready for pulumi up/);
    assert.equal((await patient.run(["--no-such-option"])).code, 2);
  });

  test("asks for all the permissions in the cluster that converging takes", async () => {
    const { lines } = await patient.examine();
    const rules = lines.flatMap(({ check, detail }) => {
      const [, resource, group = ""] = /^permission (\w+)(?:\.(\S+))?/.exec(check) ?? [];
      return resource === undefined
        ? []
        : [{ apiGroups: [group], resources: [resource], verbs: detail.split(", ") }];
    });
    const { kubeconfig } = patient.status;
    const own = await readFile(kubeconfig, "utf8");
    await sandbox.kubectl("delete", "service/dashboard", "deployment/dashboard", "-n", "mesh-six");
    await writeFile(kubeconfig, await readFile(await patient.user("exact", rules), "utf8"));
    try {
      await sandbox.operate("up", "--refresh");
    } finally {
      await writeFile(kubeconfig, own);
    }
  });

  const names = async ({ what, check, says, plant, heal }: Defect) => {
    const changes = await plant();
    try {
      const { lines, code, text } = await patient.examine(changes);
      const failing = lines.filter(({ ok }) => ok === false);
      assert.deepEqual(
        failing.map((line) => line.check),
        [check],
        `${what}: ${JSON.stringify(failing)}`,
      );
      assert.match(`${failing[0]!.detail} → ${failing[0]!.remedy}`, says);
      assert.notEqual(failing[0]!.remedy, "");
      assert.equal(code, 1);
      for (const secret of [patient.status.githubToken, ...Object.values(changes.secrets ?? {})])
        assert.equal(text.includes(`"${secret}"`), false);
    } finally {
      await heal?.();
    }
  };

  // The defects depend on the sandbox, so each is a test within a test.
  test("names each defect, and nothing else", async (t) => {
    const weak = { github, token: weakToken };
    const defects = [
      ...defectsOfCluster(sandbox, patient),
      ...defectsOfServices(sandbox, patient, weak),
      ...defectsThatStay(sandbox, patient),
    ];
    assert.ok(defects.length >= 15);
    for (const defect of defects) await t.test(defect.what, () => names(defect));
  });

  test("warns of Traefik's old group where the program makes do with it", async () => {
    const { lines } = await patient.examine();
    const { status, detail, remedy } = lines.find(({ check }) => check === "CRD IngressRoute")!;
    assert.equal(status, "warn");
    assert.match(detail, /only the old group traefik\.containo\.us/);
    assert.match(remedy, /before Traefik is upgraded/);
  });
});
