import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { envLines, githubFile, githubMasks, jsonDocument } from "../../operations/outputs/formats.ts";
import { runPulumi } from "../../operations/stack/pulumi.ts";
import { type Variable, variablesOf } from "../../operations/outputs/variables.ts";

const outputs = {
  namespace: "mesh-six",
  databaseUrl: "postgresql://mesh_six:p%40ss%25word@db.example:5432/mesh_six",
  githubToken: "ghp_secret",
  githubUrl: "",
  kubernetes: { context: "home" },
  daprComponents: ["agent-statestore", "agent-pubsub"],
  testRepository: {
    owner: "bto-labs",
    name: "gwa-test-app",
    projectId: "PVT_1",
    appUrl: "https://app.example",
  },
};

const valueOf = (variables: readonly Variable[], name: string) =>
  variables.find((variable) => variable.name === name)?.value;

describe("the variables of a stack", () => {
  test("are the six of the end-to-end test, and what the smoke test needs besides", () => {
    const { present, missing } = variablesOf(outputs);
    assert.deepEqual(missing, []);
    assert.equal(valueOf(present, "TEST_PROJECT_ID"), "PVT_1");
    assert.equal(valueOf(present, "TEST_REPO_OWNER"), "bto-labs");
    assert.equal(valueOf(present, "TEST_REPO_NAME"), "gwa-test-app");
    assert.equal(valueOf(present, "TEST_APP_URL"), "https://app.example");
    assert.equal(valueOf(present, "GITHUB_TOKEN"), "ghp_secret");
    assert.equal(valueOf(present, "DATABASE_URL"), outputs.databaseUrl);
    assert.equal(valueOf(present, "TEST_DAPR_NAMES"), "agent-statestore,agent-pubsub");
    assert.equal(valueOf(present, "TEST_GITHUB_URL"), undefined);
    const secrets = present.filter(({ secret }) => secret).map(({ name }) => name);
    assert.deepEqual(secrets, ["GITHUB_TOKEN", "DATABASE_URL"]);
  });

  test("name what the stack does not give, with the output it would come from", () => {
    const { missing } = variablesOf({ ...outputs, testRepository: undefined });
    assert.deepEqual(
      missing.map(({ output }) => output),
      ["testRepository.projectId", "testRepository.owner", "testRepository.name", "testRepository.appUrl"],
    );
  });

  test("are secret where the engine hides the value, and where a kubeconfig is given by its content", () => {
    const hidden = variablesOf({ ...outputs, kubernetes: "[secret]" }).present;
    assert.equal(hidden.find(({ name }) => name === "TEST_KUBECONFIG")?.secret, true);
    const content = variablesOf({ ...outputs, kubernetes: { kubeconfig: "users:\n- token: x\n" } }).present;
    assert.equal(content.find(({ name }) => name === "TEST_KUBECONFIG")?.secret, true);
    const line = variablesOf({ ...outputs, kubernetes: { kubeconfig: '{"users":[{"token":"x"}]}' } }).present;
    assert.equal(line.find(({ name }) => name === "TEST_KUBECONFIG")?.secret, true);
    const path = variablesOf({ ...outputs, kubernetes: { kubeconfig: "/home/me/.kube/config" } }).present;
    assert.equal(path.find(({ name }) => name === "TEST_KUBECONFIG")?.secret, false);
  });
});

const hostile = [
  "plain",
  "two words",
  "it's",
  'say "it\'s $HOME"',
  "$(touch /tmp/owned) `id` $HOME \\n",
  "a line\nand another='x'\nPATH=/evil",
  "end\nNAME<<EOF\nx\nEOF",
  " leading and trailing ",
  "#comment ; & | > < * ? ~ ! %0A::set-env::",
  "\ttab and \\ backslash\\",
  "ünïcode ✅",
];

describe("a hostile value", () => {
  for (const value of hostile) {
    const variable = { name: "VALUE", value, secret: false };

    test(`comes back from a shell: ${JSON.stringify(value)}`, () => {
      const script = `set -a; ${envLines([variable])}set +a; printenv VALUE`;
      assert.equal(execFileSync("sh", ["-c", script], { encoding: "utf8", env: {} }), `${value}\n`);
    });

    test(`comes back from GitHub's file: ${JSON.stringify(value)}`, () => {
      assert.deepEqual(readGithubFile(githubFile([variable, { ...variable, name: "NEXT" }])), {
        VALUE: value,
        NEXT: value,
      });
    });

    test(`comes back from JSON: ${JSON.stringify(value)}`, () => {
      assert.deepEqual(JSON.parse(jsonDocument([variable])), { VALUE: value });
    });
  }

  test("comes back from node's own reader of env files, unless it holds both kinds of quotes", (context) => {
    const folder = mkdtempSync(join(tmpdir(), "mesh-six-env-"));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const value of hostile.filter((each) => !(each.includes("'") && /["$`\\\n!]/.test(each)))) {
      writeFileSync(join(folder, "env"), envLines([{ name: "VALUE", value, secret: false }]));
      const program = "process.stdout.write(process.env.VALUE)";
      const read = execFileSync(process.execPath, [`--env-file=${join(folder, "env")}`, "-e", program], {
        encoding: "utf8",
        env: {},
      });
      assert.equal(read, value);
    }
  });
});

test("the engine's words come without the password of the backend's address", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-engine-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const command = join(folder, "pulumi");
  const address = "postgres://me:canary%2F4711@db.example/state?sslmode=disable";
  writeFileSync(command, `#!/bin/sh\necho 'error: unable to open ${address}: no route' >&2\nexit 1\n`, {
    mode: 0o755,
  });
  await assert.rejects(runPulumi({ command, folder, stack: "prod", environment: process.env }, ["stack"]), {
    message:
      "pulumi stack: error: unable to open postgres://me:[secret]@db.example/state?sslmode=disable: no route",
  });
});

test("a reader that has seen enough ends a command without a message", async () => {
  const script = `
    import { runCommand } from ${JSON.stringify(join(import.meta.dirname, "../../lib/cli/command.ts"))};
    const run = () => new Promise(() => setInterval(() => process.stdout.write("line\\n"), 5));
    runCommand({ usage: "", read: () => ({}), run });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  const words = text(child.stderr);
  assert.deepEqual(await once(child, "exit"), [141, null]);
  assert.equal(await words, "");
});

/** Reads such a file as GitHub's runner does, by its documentation. */
function readGithubFile(text: string): Record<string, string> {
  const read: Record<string, string> = {};
  const lines = text.split("\n");
  while (lines.length > 1) {
    const [name = "", delimiter] = (lines.shift() ?? "").split("<<");
    const end = lines.indexOf(delimiter ?? "");
    assert.ok(end >= 0, `no end of ${name}`);
    read[name] = lines.splice(0, end).join("\n");
    lines.shift();
  }
  return read;
}

describe("masks for GitHub's log", () => {
  const masks = (value: string, secret = true) => githubMasks([{ name: "X", value, secret }]).split("\n");

  test("cover every line of a secret, and a URL's password as it is written and as it is meant", () => {
    assert.ok(masks("first line\nsecond line").includes("::add-mask::second line"));
    const url = masks("postgresql://user:p%40ss%25word@host/db");
    assert.ok(url.includes("::add-mask::p%2540ss%2525word"), url.join());
    assert.ok(url.includes("::add-mask::p@ss%25word"), url.join());
  });

  test("never begin another command, and leave alone what is no secret", () => {
    assert.equal(masks("x\n::warning::owned").filter((line) => line.startsWith("::warning")).length, 0);
    assert.deepEqual(masks("public", false), [""]);
  });
});
