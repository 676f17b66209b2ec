import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { execute, type SandboxStatus, TestSandbox } from "../../support/engine/sandbox.ts";

/** Every secret the sandbox knows: what it generated, what the settings give, what the program made. */
async function plantedSecrets(sandbox: TestSandbox, status: SandboxStatus): Promise<Map<string, string>> {
  const secrets = new Map<string, string>([
    ["passphrase", status.passphrase],
    ["githubToken", status.githubToken],
    ["database administrator", decodeURIComponent(new URL(status.databaseUrl).password)],
  ]);
  const credentials = JSON.parse(readFileSync(join(sandbox.directory, "credentials.json"), "utf8")) as {
    generated: Record<string, string>;
  };
  for (const [name, value] of Object.entries(credentials.generated)) secrets.set(`generated ${name}`, value);
  const inCluster = JSON.parse(await sandbox.kubectl("get", "secrets", "-n", "mesh-six", "-o", "json")) as {
    items: { metadata: { name: string }; data?: Record<string, string> }[];
  };
  for (const { metadata, data } of inCluster.items) {
    for (const [key, value] of Object.entries(data ?? {})) {
      // A user's or host's name is no secret, and short enough to stand anywhere.
      if (key === "username") continue;
      secrets.set(`Secret ${metadata.name}/${key}`, Buffer.from(value, "base64").toString("utf8"));
      secrets.set(`Secret ${metadata.name}/${key} as base64`, value);
    }
  }
  return secrets;
}

function found(secrets: Map<string, string>, text: string): string[] {
  return [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);
}

function filesBelow(folder: string, leaveOut: (path: string) => boolean): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (leaveOut(path)) return [];
    if (entry.isDirectory()) return filesBelow(path, leaveOut);
    return entry.isFile() ? [path] : [];
  });
}

/** A file's text; nothing of one that is large, or that its owner removes meanwhile. */
function small(path: string): string {
  try {
    return statSync(path).size < 5_000_000 ? readFileSync(path, "utf8") : "";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

describe("secrets", () => {
  let sandbox: TestSandbox;
  let secrets: Map<string, string>;
  /** Everything the commands printed, and the arguments of every process seen while they ran. */
  let printed = "";
  let processArguments = "";
  before(async () => {
    sandbox = await TestSandbox.create();
    for (const args of [["up", "--verbose"], ["refresh", "--verbose"], ["preview", "--json"], ["status"]]) {
      let running = true;
      const outcome = sandbox.run(args).finally(() => (running = false));
      while (running) {
        processArguments += (await execute("ps", ["-ww", "-eo", "args"], process.env)).stdout;
        await sleep(150);
      }
      const { code, stdout, stderr } = await outcome;
      assert.equal(code, 0, stdout + stderr);
      printed += stdout + stderr;
    }
    secrets = await plantedSecrets(sandbox, await sandbox.status());
  });
  after(() => sandbox.close());

  test("are many enough to be looked for", () => {
    assert.ok(secrets.size > 15, [...secrets.keys()].join());
    for (const [name, value] of secrets)
      assert.ok(value.length >= 8, `${name} is too short to be looked for`);
  });

  test("are not printed", () => {
    assert.deepEqual(found(secrets, printed), []);
  });

  test("are not in the arguments of any process", () => {
    assert.match(processArguments, /kube-apiserver/);
    assert.deepEqual(found(secrets, processArguments), []);
  });

  test("are not in the exported stack", async () => {
    const { engine, environment, backendUrl } = await sandbox.status();
    const outcome = await execute(
      engine.command,
      ["stack", "export", "--stack", "sandbox", "--cwd", join(sandbox.directory, "workspace")],
      {
        ...process.env,
        PULUMI_BACKEND_URL: backendUrl,
        PULUMI_CONFIG_PASSPHRASE_FILE: environment["PULUMI_CONFIG_PASSPHRASE_FILE"],
        PULUMI_HOME: join(sandbox.directory, "pulumi"),
      },
    );
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.ok(outcome.stdout.length > 10_000);
    assert.deepEqual(found(secrets, outcome.stdout), []);
  });

  test("are in no file of the sandbox but the stores and those only the owner may read", () => {
    // etcd's and PostgreSQL's own stores, and the sandbox's credentials.
    const stores = ["data", "credentials.json", "passphrase"].map((name) => join(sandbox.directory, name));
    const files = filesBelow(sandbox.directory, (path) => stores.includes(path));
    assert.ok(
      files.some((path) => path.includes("/state/")) && files.some((path) => path.includes("/logs/")),
    );
    const leaks = files.flatMap((path) =>
      found(secrets, readFileSync(path, "utf8")).map((name) => `${path}: ${name}`),
    );
    assert.deepEqual(leaks, []);
    for (const path of [...stores.slice(1), join(sandbox.directory, "kubeconfig")]) {
      assert.equal(statSync(path).mode & 0o077, 0, path);
    }
  });

  test("in a store's neighbour file can be read by the owner only", () => {
    const data = join(sandbox.directory, "data");
    for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name);
  });

  test("are in no temporary file", () => {
    const mine = basename(sandbox.directory);
    const files = readdirSync(tmpdir(), { withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name !== mine,
    );
    const leaks = files.flatMap(({ name }) =>
      found(secrets, small(join(tmpdir(), name))).map((secret) => `${name}: ${secret}`),
    );
    assert.deepEqual(leaks, []);
  });
});
