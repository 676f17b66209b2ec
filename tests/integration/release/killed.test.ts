import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { writePlainSetting } from "../../../operations/stack/settingsFile.ts";
import { broken, changed, faultsOf } from "../../../sandbox/services/application/sources.ts";
import type { Release } from "../../../settings/release.ts";
import { execute, type Outcome, type SandboxStatus, TestSandbox } from "../../support/engine/sandbox.ts";
import { randomOf } from "../../support/random.ts";
import { ReleasedSandbox } from "./support.ts";

const said = ({ stdout, stderr }: Outcome) => `${stdout}\n${stderr}`;
const count = Number(process.env["MESH_SIX_RELEASE_KILLS"] ?? "2");
const seed = Number(process.env["MESH_SIX_SEED"] ?? Date.now() % 100_000);

/** Lines by which a release tells where it is; the first stands for its begin. */
const forth = ["", "release: preview", "release: up", "release: rollout", "release: smoke"];
const back = [...forth, "going back to"];

/** The moment at which a release is cut off, and the way. */
interface Moment {
  readonly line: string;
  /** Milliseconds after the line. */
  readonly delay: number;
  readonly signal: "SIGKILL" | "SIGINT";
}

describe("a release that is cut off", () => {
  let sandbox: TestSandbox;
  let status: SandboxStatus;
  let released: ReleasedSandbox;

  before(async () => {
    sandbox = await TestSandbox.create();
    const outcome = await sandbox.run(["release", "NEXT"]);
    assert.equal(outcome.code, 0, said(outcome));
    released = await ReleasedSandbox.of(sandbox);
    status = await sandbox.status();
    writePlainSetting(released.directory.settings, "argocdWait", "false");
  });
  after(() => sandbox.close());

  const random = randomOf(seed);
  const options = () => [
    ...["--application", released.repository.folder, "--registry-config", released.place.login],
    ...["--apply", "--wait", "3"],
  ];

  for (const at of Array(count).keys()) {
    const isKilled = at % 3 !== 1;
    const isBad = at % 4 === 3;
    const lines = isBad ? back : forth;
    const line = lines[random.below(lines.length)] ?? "";
    const delay = random.below(8_000);
    const moment = `${String(delay)} ms after ${line === "" ? "its begin" : `"${line}"`}`;
    const title = `a ${isBad ? "bad" : "good"} one ${isKilled ? "killed" : "ended by Ctrl-C"} ${moment}`;
    test(`${title}, with seed ${String(seed)}, leaves a stack that the next run brings to one of the two, whole`, async () => {
      const old = released.written()!;
      const names = ["event-logger", "infra-manager", "simple-agent"];
      const change = isBad
        ? broken("simple-agent", "memory-lost", 200 + at)
        : { ...changed(names, 200 + at), [faultsOf("simple-agent")]: undefined };
      const { commit } = await released.commit(`Change ${String(at)}`, change);
      await cutOff(commit, { line, delay, signal: isKilled ? "SIGKILL" : "SIGINT" });

      const looked = await released.release("--ref", commit, "--dry-run", "--json");
      const { release: next } = JSON.parse(looked.stdout) as { release: Release };
      const half = released.written();
      assert.deepEqual(half, half?.commit === commit ? next : old, "the settings name one release, whole");
      if (isKilled) await settle(at);
      const again = await released.release("--ref", commit, "--apply", "--wait", "3");
      const whole = released.written();
      assert.deepEqual(whole, again.code === 0 ? next : old, said(again));
      assert.ok([0, 1].includes(again.code), said(again));
      if (isBad) assert.equal(again.code, 1, said(again));
      assert.deepEqual(await released.digests(), whole?.images);
    });
  }

  /** Takes away what a killed engine leaves: by the sandbox, or as docs/releases.md tells for every stack. */
  async function settle(at: number): Promise<void> {
    if (at % 2 === 1) {
      const up = await sandbox.run(["up"]);
      assert.equal(up.code, 0, said(up));
      return;
    }
    const { command } = status.engine;
    const cancelled = await execute(command, ["cancel", "sandbox", "--yes"], released.environment());
    assert.equal(cancelled.code, 0, said(cancelled));
    const recovered = await released.operate("recover");
    assert.equal(recovered.code, 0, said(recovered));
  }

  /** Runs a release until some time after a line, and ends it with all that it started; or asks it to end, as Ctrl-C does. */
  async function cutOff(commit: string, { line, delay, signal }: Moment): Promise<void> {
    const argv = released.argv("release", [...options(), "--ref", commit]);
    const env = released.environment();
    const child = spawn(process.execPath, argv, { env, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const exit = once(child, "exit");
    const reached = new Promise<void>((resolve) => {
      let text = "";
      child.stderr.on("data", (part: Buffer) => {
        text += part.toString();
        if (text.includes(line)) resolve();
      });
      if (line === "") resolve();
    });
    await Promise.race([exit, reached.then(() => sleep(delay))]);
    try {
      process.kill(-child.pid!, signal);
    } catch (error) {
      // It was done before.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    await exit;
  }
});
