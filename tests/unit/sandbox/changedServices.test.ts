import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { parse, stringify } from "yaml";
import { rememberExisting } from "../../../sandbox/cli/existingServices.ts";
import { reachedServices } from "../../../sandbox/engine/operateSandbox.ts";
import { writeStackFile } from "../../../sandbox/engine/stackFile.ts";
import { stackSettings } from "../../../sandbox/engine/stackSettings.ts";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { openSandbox } from "../../../sandbox/place/sandbox.ts";
import { applicationUrl, imagePrefix } from "../../../sandbox/services/application/services.ts";
import { repositoryUrl } from "../../../sandbox/services/argocd/repository.ts";

type Flags = Parameters<typeof rememberExisting>[1];

const database = "postgres://admin:p@db.example";

/** A sandbox in a folder of its own, with two kubeconfigs beside it. */
function place(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-changed-"));
  context.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const directory = sandboxDirectory(join(folder, ".sandbox"));
  const kubeconfig = (name: string, server: string) => {
    const path = join(folder, name);
    const clusters = [{ name: "c", cluster: { server } }];
    const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }];
    writeFileSync(
      path,
      stringify({ clusters, contexts, users: [{ name: "u", user: {} }], "current-context": "c" }),
    );
    return path;
  };
  const remember = (flags: Flags) => {
    rememberExisting(openSandbox(directory), flags);
  };
  remember({});
  return {
    directory,
    remember,
    cluster: kubeconfig("one", "https://one.example:6443"),
    sameCluster: kubeconfig("same", "https://one.example:6443"),
    otherCluster: kubeconfig("other", "https://other.example:6443"),
    holds: (...types: string[]) => {
      const resources = types.map((type) => ({ urn: `urn:pulumi:sandbox::mesh-six::${type}::name`, type }));
      const path = directory.checkpoint("sandbox");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
    },
    write: (config: Record<string, unknown>) => {
      writeFileSync(directory.settings, stringify({ config }));
    },
    written: () =>
      (parse(readFileSync(directory.settings, "utf8")) as { config: Record<string, unknown> }).config,
  };
}

describe("a service that becomes another one", () => {
  for (const [called, before, flags] of [
    ["cluster", {}, "--kubeconfig"],
    ["server", { "database-url": database }, "--database-url"],
  ] as const) {
    test(`is refused while the stack has resources in the one of before: ${called}`, (context) => {
      const { remember, holds, cluster, directory } = place(context);
      remember(before);
      holds("pulumi:pulumi:Stack", "mesh-six:components:Secrets", "kubernetes:core/v1:Secret");
      const change =
        flags === "--kubeconfig" ? { kubeconfig: cluster } : { "database-url": "own", argocd: "real" };
      const present = openSandbox(directory).credentials.existing;
      assert.throws(
        () => remember(change),
        new RegExp(
          `^Error: ${flags}: expected the ${called} that has the stack's resources \\(1\\), got another; ` +
            `first run "npm run sandbox -- destroy" without ${flags}, or use another sandbox by --directory\\.$`,
        ),
      );
      const { credentials } = openSandbox(directory);
      assert.deepEqual([credentials.existing, credentials.argocd], [present, "stand-in"]);
    });
  }

  test("may be one that has nothing yet", (context) => {
    const { remember, holds, cluster, directory } = place(context);
    holds("pulumi:pulumi:Stack", "pulumi:providers:kubernetes");
    remember({ kubeconfig: cluster, "database-url": database });
    assert.equal(openSandbox(directory).credentials.existing.kubeconfig?.path, cluster);
  });

  test("is none where only the way to it has changed", (context) => {
    const { remember, holds, cluster, sameCluster, otherCluster, directory } = place(context);
    remember({ kubeconfig: cluster, "database-url": `${database}:5432` });
    holds("kubernetes:core/v1:Secret");
    remember({ kubeconfig: sameCluster, "database-url": "postgres://other:q@db.example/?sslmode=require" });
    const { existing } = openSandbox(directory).credentials;
    assert.equal(existing.kubeconfig?.path, sameCluster);
    assert.match(existing.databaseUrl ?? "", /other:q@/);
    assert.throws(() => remember({ kubeconfig: otherCluster }), /--kubeconfig/);
  });
});

describe("what the sandbox wrote into the stack's settings", () => {
  test("for its own cluster goes with that cluster, whatever the port was", (context) => {
    const { remember, write, written, cluster, directory } = place(context);
    const kept = { "mesh-six:githubOrganization": "mine" };
    for (const repository of [applicationUrl(4711), repositoryUrl(directory)]) {
      remember({ kubeconfig: "own" });
      write({
        ...kept,
        "mesh-six:argocdRepository": repository,
        "mesh-six:imageRepository": imagePrefix(4712),
        "mesh-six:release": { commit: "0".repeat(40) },
      });
      remember({ kubeconfig: cluster });
      assert.deepEqual(written(), kept);
    }
  });

  test("stays where a person has set it", (context) => {
    const { remember, write, written, cluster } = place(context);
    const theirs = {
      "mesh-six:argocdRepository": "https://git.example/mesh-six.git",
      "mesh-six:imageRepository": "registry.example/mesh-six",
      "mesh-six:release": { commit: "0".repeat(40) },
      "mesh-six:databaseSslMode": "verify-full",
      "mesh-six:repositories": [{ name: "theirs" }],
    };
    write(theirs);
    remember({ kubeconfig: cluster, "database-url": database });
    assert.deepEqual(written(), theirs);
  });

  test("for the test app goes with the sandbox's own GitHub or cluster", (context) => {
    const { remember, written, cluster, directory } = place(context);
    const write = () => {
      const settings = stackSettings(reachedServices(openSandbox(directory)), (name) => name);
      writeStackFile(directory.settings, settings, "passphrase");
    };
    write();
    assert.ok(written()["mesh-six:repositories"]);
    remember({ kubeconfig: cluster });
    assert.equal(written()["mesh-six:repositories"], undefined);
  });

  test("for a database goes with it", (context) => {
    const { remember, written, directory } = place(context);
    const settings = () => {
      const { "mesh-six:databaseSslMode": sslMode, "mesh-six:databaseAdminDatabase": name } = written();
      return [sslMode, name];
    };
    const write = () => {
      const all = stackSettings(reachedServices(openSandbox(directory)), (name) => name);
      writeStackFile(directory.settings, all, "passphrase");
    };
    remember({ "database-url": `${database}/defaultdb?sslmode=require` });
    write();
    assert.deepEqual(settings(), ["require", "defaultdb"]);
    remember({ "database-url": database });
    write();
    assert.deepEqual(settings(), ["disable", undefined]);
    remember({ "database-url": "own" });
    write();
    assert.deepEqual(settings(), [undefined, undefined]);
  });
});
