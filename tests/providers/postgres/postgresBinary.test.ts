import assert from "node:assert/strict";
import { chmodSync, chownSync, cpSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { asServerUser, postgresCommand, serverUser } from "../../../sandbox/services/postgres/binary.ts";
import { execute } from "../../support/engine/sandbox.ts";

const user = serverUser();
const skip = user === undefined ? "only root has folders that the server's user cannot pass" : false;
if (skip !== false) console.log(`skipped: ${skip}`);

test("PostgreSQL runs from a project in root's own closed folder", { skip }, async (context) => {
  const closed = await mkdtemp(join(tmpdir(), "mesh-six-closed-"));
  context.after(() => rm(closed, { recursive: true, force: true }));
  const installed = dirname(dirname(postgresCommand("initdb", []).at(-1) ?? ""));
  cpSync(installed, join(closed, "native"), { recursive: true, verbatimSymlinks: true });
  const data = join(closed, "data");
  mkdirSync(data);
  chownSync(data, user?.uid ?? 0, user?.gid ?? 0);
  chmodSync(closed, 0o700);
  const [command = "", ...args] = [
    ...asServerUser(),
    join(closed, "native/bin/initdb"),
    `--pgdata=${data}`,
    "--auth=reject",
    "--no-sync",
  ];
  const { code, stderr } = await execute(command, args, process.env);
  assert.equal(code, 0, stderr);
});
