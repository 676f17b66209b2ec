import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import type { Digest } from "../../../operations/preview/digest.ts";
import { writePlainSetting } from "../../../operations/stack/settingsFile.ts";
import { changed, deployment, manifestOf } from "../../../sandbox/services/application/sources.ts";
import { ProjectCopy } from "../../support/engine/projectCopy.ts";
import { execute, TestSandbox } from "../../support/engine/sandbox.ts";
import { ReleasedSandbox } from "./support.ts";

const kustomization = "k8s/overlays/prod/kustomization.yaml";
const missing = {
  name: "KEY",
  valueFrom: { secretKeyRef: { name: "litellm-secret", key: "nobody-has-it" } },
};

describe("the preview of a release on a sandbox", () => {
  let sandbox: TestSandbox;
  let released: ReleasedSandbox;
  let project: ProjectCopy;
  before(async () => {
    sandbox = await TestSandbox.create();
    const outcome = await sandbox.run(["release", "NEXT"]);
    assert.equal(outcome.code, 0, `${outcome.stdout}\n${outcome.stderr}`);
    released = await ReleasedSandbox.of(sandbox);
    project = await ProjectCopy.create(await sandbox.status());
  });
  after(async () => {
    await project.close();
    await sandbox.close();
  });

  /** `npm run preview` on the settings of the project's copy. */
  const preview = async (...args: string[]) => {
    const script = join(project.directory, "operations/preview.ts");
    const argv = ["--disable-warning=ExperimentalWarning", script, "--stack", "sandbox", ...args];
    return project.run(process.execPath, argv, project.directory, {
      PULUMI_OPTION_CONFIG_FILE: join(project.directory, "Pulumi.sandbox.yaml"),
    });
  };

  test("ranks services, keys, the application's migrations and pending ones of ours in one list", async () => {
    const old = released.written()!;
    const { repository, place } = released;
    const overlay = parse((await repository.read(kustomization)) ?? "") as { resources: string[] };
    const resources = [...overlay.resources.filter((file) => file !== "ui-agent.yaml"), "night-shift.yaml"];
    const commit = await repository.commit("Much at once", {
      ...changed(["orchestrator"], 100),
      [kustomization]: stringify({ ...overlay, resources }),
      "apps/night-shift/package.json": '{"name":"@mesh-six/night-shift"}\n',
      "apps/night-shift/src/index.ts": "export {};\n",
      [manifestOf("night-shift")]: deployment("night-shift", place.prefix),
      [manifestOf("qa-tester")]: deployment("qa-tester", place.prefix, [missing]),
      "migrations/002_index.sql": "CREATE INDEX tasks_state ON tasks (state);\n",
      "migrations/003_drop.sql": "ALTER TABLE tasks DROP COLUMN version;\n",
      "migrations/004_note.sql": "COMMENT ON TABLE tasks IS 'work';\n",
    });
    const file = join(project.directory, "Pulumi.sandbox.yaml");
    copyFileSync(released.directory.settings, file);
    const moved = `sha256:${"1".repeat(64)}`;
    writePlainSetting(file, "release", { commit, images: { ...old.images, orchestrator: moved } });
    await project.write("migrations/005_own.sql", "CREATE INDEX own ON agent_task_history (duration_ms);\n");

    const outcome = await preview("--application", repository.folder, "--json");
    const digest = JSON.parse(outcome.stdout) as Digest;
    assert.equal(outcome.code, 1, "a key that nobody provides is an error");
    const told = digest.changes
      .filter(({ urn }) => urn === "")
      .map(({ risk, operation, type, name }) => [risk, operation, type, name].join(" "));
    assert.deepEqual(told, [
      "data migrate application migrations/003_drop.sql",
      "replacement delete Deployment ui-agent",
      "lock migrate application migrations/002_index.sql",
      "other migrate application migrations/004_note.sql",
      "other create Deployment night-shift",
      "other roll image orchestrator",
      `other keep image ${place.prefix}-night-shift`,
    ]);
    const notes = (name: string) => digest.changes.find((one) => one.name === name)?.notes.join("; ") ?? "";
    assert.match(
      notes("migrations/003_drop.sql"),
      /removes version, which the old release mentions \(apps\//,
    );
    assert.match(notes("migrations/002_index.sql"), /blocks writes|CONCURRENTLY/);
    assert.equal(notes("orchestrator"), `${old.commit!.slice(0, 12)} → ${commit.slice(0, 12)}`);
    assert.deepEqual(
      digest.sql.map(({ file: name, risk }) => [name, risk]),
      [["005_own.sql", "lock"]],
    );
    const errors = digest.remarks.filter(({ severity }) => severity === "error");
    assert.deepEqual(
      errors.map(({ resource }) => resource),
      ["release"],
    );
    assert.match(
      errors[0]?.message ?? "",
      /Secret litellm-secret key nobody-has-it for Deployment qa-tester/,
    );
    assert.equal(digest.release?.plan.stays.length, Object.keys(old.images).length - 1);
    assert.deepEqual(
      digest.release.commits.map(({ subject }) => subject),
      ["Much at once"],
    );

    // Without a checkout the repository that ArgoCD follows is fetched.
    const fetched = await preview("--json");
    assert.deepEqual((JSON.parse(fetched.stdout) as Digest).release, digest.release);

    // A shallow checkout lacks the commit that the stack runs.
    const shallow = join(project.directory, ".shallow");
    execFileSync("git", ["clone", "--quiet", "--depth=1", pathToFileURL(repository.folder).href, shallow]);
    const unseen = await preview("--application", shallow);
    assert.match(
      unseen.stdout,
      /^ {2}commits and migrations were not compared: expected commit .*--unshallow\)$/m,
    );

    const text = await preview("--application", repository.folder);
    const order = [
      "003_drop.sql",
      "delete   Deployment ui-agent",
      "005_own.sql",
      "roll     image orchestrator",
    ];
    const at = order.map((part) => text.stdout.indexOf(part));
    assert.ok(
      at.every((one, i) => one > (at[i - 1] ?? -1)),
      text.stdout,
    );
    assert.match(text.stdout, /^Release \w{12} → \w{12}: 1 move, \d+ stay$/m);
  });

  test("says of an older commit what would move, as a job's log may show it, and writes nothing", async () => {
    const before = released.settingsText();
    const { repository, place } = released;
    const login = ["--registry-config", place.login];
    const args = ["--application", repository.folder, ...login, "--ref", "main~2", "--dry-run"];
    const environment = { ...released.environment(), GITHUB_ACTIONS: "true" };
    const outcome = await execute(process.execPath, released.argv("release", args), environment);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /^::stop-commands::(\S+)\n[^]*\n::\1::\n$/);
    assert.match(outcome.stdout, /^ {2}roll {5}image \S+: \w{12} → \w{12}$/m);
    assert.match(outcome.stdout, /^Release \w{12} → \w{12}: 3 move, \d+ stay$/m);
    assert.equal(released.settingsText(), before);
  });
});
