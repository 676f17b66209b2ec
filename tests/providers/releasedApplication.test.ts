import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Registry } from "../../lib/registry/client.ts";
import { imageLabels } from "../../lib/registry/image.ts";
import { readTree } from "../../operations/images/gitTree.ts";
import { openRegistry } from "../../operations/images/imageRegistry.ts";
import { collectRelease } from "../../operations/release/plan/collect.ts";
import { renderAt } from "../../operations/release/plan/overlay.ts";
import { Sources } from "../../sandbox/emulators/argocd/sources.ts";
import { registryServer } from "../../sandbox/emulators/registry/registry.ts";
import { pushMissing, type PushPlace } from "../../sandbox/services/application/build.ts";
import { faultsLabel, revisionLabel } from "../../sandbox/services/application/labels.ts";
import { ApplicationRepository } from "../../sandbox/services/application/repository.ts";
import {
  broken,
  changed,
  faultsOf,
  firstSources,
  services,
} from "../../sandbox/services/application/sources.ts";
import { overlayFolder } from "../../sandbox/services/nodeService.ts";
import { controlPlane } from "../../toolchain/parts/controlPlane.ts";

const root = join(import.meta.dirname, "../..");
const login = { username: "sandbox", password: "secret-of-the-registry" };
const path = "k8s/overlays/prod";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("the sandbox's application", () => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-application-"));
  const repository = new ApplicationRepository(join(folder, "git/mesh-six.git"));
  const registry = registryServer({ folder: join(folder, "registry"), login });
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  let place: PushPlace;
  let host: string;
  let served: ChildProcess;
  let url: string;
  let first: string;

  before(async () => {
    registry.listen(0, "127.0.0.1");
    await once(registry, "listening");
    host = `127.0.0.1:${String((registry.address() as AddressInfo).port)}`;
    place = { prefix: `${host}/jaybrto/mesh-six`, login: join(folder, "login.json") };
    writeFileSync(place.login, JSON.stringify({ auths: { [host]: { auth } } }));
    first = await repository.commit("The application", firstSources(place.prefix));
    const port = await freePort();
    const config = join(folder, "git.json");
    writeFileSync(config, JSON.stringify({ port, folder: join(folder, "git") }));
    const script = join(root, "sandbox/emulators/gitServer/server.ts");
    served = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, config]);
    url = `http://127.0.0.1:${String(port)}/mesh-six.git`;
    while (!(await fetch(url).then(Boolean, () => false)));
  });
  after(() => {
    served.kill();
    registry.closeAllConnections();
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const labels = async (name: string, commit: string) => {
    const tree = await readTree(repository.folder, commit);
    const images = openRegistry({ ...place, certificates: undefined });
    const { release } = await collectRelease(tree, new Set([images.repositoryOf(name)]), images);
    const client = new Registry(host, { credentials: login });
    return imageLabels(client, `jaybrto/mesh-six-${name}`, release.images[name] ?? "");
  };

  test("has 22 images, of which a commit pushes those that changed", async () => {
    const pushed = await pushMissing(repository.folder, first, place);
    assert.deepEqual(pushed, [...services, "dashboard"].sort());
    assert.equal(pushed.length, 22);
    const names = ["cost-tracker", "orchestrator", "simple-agent"];
    const second = await repository.commit("Change three", changed(names, 2));
    assert.deepEqual(await pushMissing(repository.folder, second, place), names);
    assert.deepEqual(await pushMissing(repository.folder, second, place), []);
    assert.equal((await labels("orchestrator", second))[revisionLabel], second);
    assert.equal((await labels("qa-tester", second))[revisionLabel], first);
  });

  test("says in an image's label what is wrong with it, until it is mended", async () => {
    const bad = await repository.commit("Break", broken("cost-tracker", "crash", 3));
    await pushMissing(repository.folder, bad, place);
    assert.equal((await labels("cost-tracker", bad))[faultsLabel], "crash");
    const mended = await repository.commit("Mend", { [faultsOf("cost-tracker")]: undefined });
    await pushMissing(repository.folder, mended, place);
    assert.equal((await labels("cost-tracker", mended))[faultsLabel], "");
  });

  test("renders with 22 Deployments, by the release as by the stand-in for ArgoCD that fetches it", async () => {
    const { objects, images } = await renderAt(repository.folder, first, path, []);
    assert.equal(objects.filter(({ kind }) => kind === "Deployment").length, 22);
    assert.ok(images.has(`${place.prefix}-orchestrator`));
    const { kubectl } =
      (await controlPlane.find()) ?? assert.fail("npm test makes it before it runs this file");
    const sources = new Sources({ overlay: overlayFolder, kubectl, cache: join(folder, "cache") });
    const digest = `sha256:${"1".repeat(64)}`;
    const pinned = { images: [`${place.prefix}-orchestrator@${digest}`] };
    const overlay = await sources.of({ repoURL: url, targetRevision: first, path });
    assert.equal(overlay.revision(), first);
    const rendered = JSON.stringify(await overlay.render(pinned));
    assert.ok(rendered.includes(`${place.prefix}-orchestrator@${digest}`));
    assert.ok(rendered.includes(`${place.prefix}-qa-tester:latest`));
    const newest = await sources.of({ repoURL: url, targetRevision: "main", path });
    assert.equal(newest.revision(), await repository.head());
  });

  test("has no other revision, and nothing beyond this machine is asked", async () => {
    const sources = new Sources({ overlay: overlayFolder, kubectl: [], cache: join(folder, "cache") });
    await assert.rejects(
      sources.of({ repoURL: url, targetRevision: "b".repeat(40), path }),
      /failed to load target state: git -C .* fetch/,
    );
    const stand = await sources.of({ repoURL: "https://github.com/jaybrto/mesh-six", targetRevision: first });
    assert.notEqual(stand.revision(), first);
  });
});
