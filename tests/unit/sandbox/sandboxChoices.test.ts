import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { run } from "../../../lib/process/run.ts";
import { rememberExisting } from "../../../sandbox/cli/existingServices.ts";
import { reachedServices } from "../../../sandbox/engine/operateSandbox.ts";
import { readWishes } from "../../../sandbox/engine/pluginChoice.ts";
import { writeStackFile } from "../../../sandbox/engine/stackFile.ts";
import { stackSettings } from "../../../sandbox/engine/stackSettings.ts";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { openSandbox } from "../../../sandbox/place/sandbox.ts";
import { applicationRepository } from "../../../sandbox/services/application/services.ts";
import { prepareRepository, repositoryUrl } from "../../../sandbox/services/argocd/repository.ts";

describe("MESH_SIX_PLUGINS", () => {
  test("says one word for all plugins, and others for single ones", () => {
    const all = (word: string) => ({ kubernetes: word, github: word, postgresql: word, random: word });
    assert.deepEqual(readWishes(""), all("auto"));
    assert.deepEqual(readWishes("official"), all("official"));
    assert.deepEqual(readWishes("stand-in,kubernetes=official"), {
      ...all("stand-in"),
      kubernetes: "official",
    });
    assert.deepEqual(readWishes("random=stand-in"), { ...all("auto"), random: "stand-in" });
  });

  for (const [wrong, part] of [
    ["oficial", "oficial"],
    ["stand-in,vault=official", "vault=official"],
    ["kubernetes=built", "kubernetes=built"],
  ] as const) {
    test(`refuses ${wrong}, and names the part that is wrong`, () => {
      assert.throws(() => readWishes(wrong), new RegExp(`MESH_SIX_PLUGINS is "${wrong}".*got "${part}"`));
    });
  }
});

/** A sandbox's folder for the length of one test. */
async function inDirectory(work: (root: string) => Promise<void> | void): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "mesh-six-choices-"));
  try {
    await work(join(root, ".sandbox"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("the choice of Argo CD", () => {
  test("is remembered, and decides which services run", () =>
    inDirectory((root) => {
      // Without its mark, which every command makes, a folder with contents is taken for somebody else's.
      mkdirSync(root);
      writeFileSync(sandboxDirectory(root).mark, "");
      const names = () => openSandbox(sandboxDirectory(root)).services.map(({ name }) => name);
      const isOne = (name: string) => name.startsWith("argocd");
      assert.deepEqual(names().filter(isOne), ["argocd"]);
      rememberExisting(openSandbox(sandboxDirectory(root)), { argocd: "real" });
      rememberExisting(openSandbox(sandboxDirectory(root)), {});
      assert.deepEqual(names().filter(isOne), [
        ...["argocd-redis", "argocd-repo-server", "argocd-application-controller"],
      ]);
      rememberExisting(openSandbox(sandboxDirectory(root)), { argocd: "stand-in" });
      assert.deepEqual(names().filter(isOne), ["argocd"]);
      assert.throws(
        () => rememberExisting(openSandbox(sandboxDirectory(root)), { argocd: "reel" }),
        /--argocd is "reel"; expected real or stand-in/,
      );
      openSandbox(sandboxDirectory(root)).credentials.existing = { kubeconfig: { path: "/k", context: "c" } };
      assert.throws(
        () => rememberExisting(openSandbox(sandboxDirectory(root)), { argocd: "real" }),
        /--argocd real goes with the sandbox's own cluster/,
      );
    }));

  for (const choice of ["stand-in", "real"] as const) {
    test(`follows the sandbox's application from its first commit on, whose services then run; ${choice}`, () =>
      inDirectory((root) => {
        const directory = sandboxDirectory(root);
        mkdirSync(root);
        writeFileSync(directory.mark, "");
        openSandbox(directory).credentials.argocd = choice;
        writeFileSync(directory.ports, JSON.stringify({ application: 4711 }));
        const seen = () => {
          const opened = openSandbox(directory);
          const names = opened.services.map(({ name }) => name);
          return [names.includes("registry"), names.includes("application"), reachedServices(opened).argocd];
        };
        const overlay = { repository: repositoryUrl(directory), chosen: choice === "real" };
        assert.deepEqual(seen(), [false, false, overlay]);
        mkdirSync(applicationRepository(directory), { recursive: true });
        const repository = "http://127.0.0.1:4711/mesh-six.git";
        assert.deepEqual(seen(), [true, true, { repository, chosen: true }]);
      }));
  }

  test("points the program to the sandbox's repository, and back without touching a person's own setting", () =>
    inDirectory((root) => {
      const path = join(root, "Pulumi.sandbox.yaml");
      mkdirSync(root);
      const write = (chosen: boolean) => {
        const database = { host: "127.0.0.1", port: 1, user: "postgres", password: "p" };
        const github = { url: "http://127.0.0.1:2", token: "t", organization: "bto-labs" };
        const argocd = { repository: "file:///sandbox/overlay.git", chosen };
        const services = { kubeconfig: "/k", context: "c", database, github, argocd };
        writeStackFile(
          path,
          stackSettings(services, (name) => name),
          "passphrase",
        );
        const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
        return config["mesh-six:argocdRepository"];
      };
      assert.equal(write(false), undefined);
      assert.equal(write(true), "file:///sandbox/overlay.git");
      assert.equal(write(false), undefined);
    }));
});

describe("a database that is brought", () => {
  for (const [given, database] of [
    ["postgres://admin:p@db.example/", undefined],
    ["postgres://admin:p@db.example/default%20db", "default db"],
    ["postgres://admin:p@db.example/admin", "admin"],
  ] as const) {
    test(`is connected to in the database that its URL names: ${database ?? "none"}`, () =>
      inDirectory((root) => {
        mkdirSync(root);
        writeFileSync(sandboxDirectory(root).mark, "");
        rememberExisting(openSandbox(sandboxDirectory(root)), { "database-url": given });
        const services = reachedServices(openSandbox(sandboxDirectory(root)));
        const settings = stackSettings(services, (name) => name);
        assert.equal(settings["mesh-six:databaseAdminDatabase"]?.value, database);
      }));
  }
});

describe("the repository of the sandbox's overlay", () => {
  test("has the overlay on main, and a further commit only where the overlay has changed", () =>
    inDirectory(async (root) => {
      const directory = sandboxDirectory(root);
      await prepareRepository(directory);
      const url = repositoryUrl(directory);
      const git = async (...args: string[]) =>
        (await run("git", ["--git-dir", new URL(url).pathname, ...args])).stdout;
      assert.match(
        await git("ls-tree", "-r", "--name-only", "main"),
        /^k8s\/overlays\/prod\/kustomization\.yaml$/m,
      );
      const head = await git("rev-parse", "main");
      await prepareRepository(directory);
      assert.equal(await git("rev-parse", "main"), head);
    }));
});
