import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { heldByOther } from "../../../operations/release/apply/steps.ts";
import { BackendStack, postgresBackend, said, type StateBackend } from "../../support/engine/backendStack.ts";
import { untilLines } from "../../support/engine/killing.ts";
import { startS3 } from "../../support/engine/s3.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { changeSettings } from "../../support/github/sandboxGithub.ts";

let sandbox: TestSandbox;
let s3: Awaited<ReturnType<typeof startS3>>;
before(async () => {
  sandbox = await TestSandbox.create();
  // Starts the services, and writes nothing to them.
  await sandbox.operate("preview");
  changeSettings(sandbox, { repositories: [] });
  s3 = await startS3();
});
after(async () => {
  await s3.stop();
  await sandbox.close();
});

const backends: Readonly<Record<string, () => Promise<StateBackend>>> = {
  PostgreSQL: () => postgresBackend(sandbox),
  S3: () => Promise.resolve(s3),
};

for (const [name, backend] of Object.entries(backends))
  describe(`a stack with its state in ${name}`, () => {
    let stack: BackendStack;
    before(async () => {
      stack = await BackendStack.create(sandbox, await backend());
    });
    after(() => stack.close());

    test("is created, and a second up changes nothing", async () => {
      const created = await stack.run("up");
      assert.equal(created.code, 0, said(created));
      await assertUpToDate(stack);
    });

    test("refuses an operation while another runs, by the command that helps where there is none", async () => {
      const destroy = stack.start("destroy");
      const exit = once(destroy, "exit");
      await untilLines(destroy, 1, /deleted/);
      // It holds the stack until it is let go on.
      process.kill(-(destroy.pid ?? 0), "SIGSTOP");
      const refused = await stack.run("up");
      process.kill(-(destroy.pid ?? 0), "SIGCONT");
      assert.equal(refused.code, heldByOther, said(refused));
      assert.match(said(refused), /locked by 1 lock[\s\S]*`pulumi cancel`/);
      assert.deepEqual(await exit, [0, null]);
      await assertGone();
    });

    test("converges after a kill by the commands that are named, and is destroyed", async () => {
      const up = stack.start("up");
      const exit = once(up, "exit");
      await untilLines(up, 10, / created /);
      process.kill(-(up.pid ?? 0), "SIGKILL");
      assert.deepEqual(await exit, [null, "SIGKILL"]);
      assert.ok((await stack.settled("up")).includes("pulumi cancel"));
      await assertUpToDate(stack);
      const destroyed = await stack.run("destroy");
      assert.equal(destroyed.code, 0, said(destroyed));
      await assertGone();
    });
  });

async function assertUpToDate(stack: BackendStack): Promise<void> {
  const again = await stack.run("up");
  assert.equal(again.code, 0, said(again));
  assert.match(said(again), /\d+ unchanged/);
  assert.doesNotMatch(said(again), /[+~-] +\d+ (created|updated|deleted|replaced)/);
  await sandbox.object("deployment", "dashboard", "-n", "mesh-six");
}

async function assertGone(): Promise<void> {
  assert.doesNotMatch(await sandbox.kubectl("get", "namespaces", "-o", "name"), /namespace\/mesh-six$/m);
}
