import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { duration, step } from "../../../toolchain/progress.ts";
import { argocd, digestOf, kwok, lineOf, onlyWord, servers } from "../../../toolchain/obtain/releases.ts";
import { compareVersions, versions } from "../../../toolchain/versions.ts";

const folder = join(import.meta.dirname, "../../../toolchain/modules");
const goMod = (module: string) => readFileSync(join(folder, module, "go.mod"), "utf8");
const sum = "0123456789abcdef".repeat(4);

test("the Go modules name the versions that are downloaded", () => {
  const line = (name: string, version: string) =>
    new RegExp(`^(?:require)?\\s*${name} v${version.replaceAll(".", "\\.")}( |$)`, "m");
  assert.match(goMod("engine"), line("github.com/pulumi/pulumi/pkg/v3", versions.engine));
  assert.match(goMod("control-plane"), line("k8s.io/kubernetes", versions.kubernetes));
  assert.match(goMod("control-plane"), line("go.etcd.io/etcd/server/v3", versions.etcd));
  assert.match(goMod("control-plane"), line("sigs.k8s.io/kwok", versions.kwok));
  assert.match(goMod("actionlint"), line("github.com/rhysd/actionlint", versions.actionlint));
  assert.match(goMod("argocd"), line("github.com/argoproj/argo-cd/v3", versions.argocd));
  assert.match(goMod("argocd"), line("sigs.k8s.io/kustomize/kustomize/v5", versions.kustomize));
  assert.match(goMod("redis"), line("github.com/alicebob/miniredis/v2", versions.miniredis));
  assert.match(goMod("s3"), line("github.com/johannesboyne/gofakes3", versions.gofakes3));
  const plugin = "github.com/pulumi/pulumi-kubernetes/provider/v4";
  assert.match(goMod("kubernetes-plugin"), line(plugin, versions.kubernetesPlugin));
  const modules = ["engine", "control-plane", "actionlint", "argocd", "redis", "s3", "kubernetes-plugin"];
  for (const module of modules) {
    const wanted = /^go ([0-9.]+)$/m.exec(goMod(module))?.[1] ?? "";
    assert.match(wanted, /^1\.\d+\.\d+$/, module);
    assert.ok(compareVersions(wanted, versions.go) <= 0, `${module} needs Go ${wanted}`);
  }
});

test("the engine and the control plane, built side by side, share what both are built from", () => {
  const required = (module: string, name: string) =>
    new RegExp(`^\\s*${name} (v\\S+)`, "m").exec(goMod(module))?.[1];
  for (const name of [
    "google.golang.org/grpc",
    "google.golang.org/protobuf",
    "google.golang.org/genproto/googleapis/api",
    "go.opentelemetry.io/otel",
    "go.opentelemetry.io/otel/sdk",
    "golang.org/x/net",
    "golang.org/x/sys",
    "golang.org/x/text",
    "golang.org/x/crypto",
  ]) {
    assert.ok(required("engine", name), name);
    assert.equal(required("control-plane", name), required("engine", name), name);
  }
});

test("asks for the release files by the names the projects publish", () => {
  const urls = [...servers.assets, ...kwok.assets, ...argocd.assets].map(({ url }) => url);
  assert.ok(
    urls.some((url) =>
      /^https:\/\/dl\.k8s\.io\/release\/v1\.37\.2\/bin\/\w+\/\w+\/kube-apiserver$/.test(url),
    ),
  );
  assert.ok(urls.some((url) => /\/v3\.7\.3\/etcd-v3\.7\.3-\w+-\w+\.tar\.gz$/.test(url)));
  assert.ok(urls.some((url) => /\/argo-cd\/releases\/download\/v3\.2\.11\/argocd-\w+-\w+$/.test(url)));
  const kustomize = /\/download\/kustomize%2Fv5\.7\.1\/kustomize_v5\.7\.1_\w+_\w+\.tar\.gz$/;
  assert.ok(urls.some((url) => kustomize.test(url)));
  assert.ok(urls.some((url) => /\/kwok\/releases\/download\/v0\.8\.0\/kwok-\w+-\w+$/.test(url)));
});

test("reads checksums in each of the forms they are published in, and nothing else", () => {
  assert.equal(onlyWord(`${sum}\n`), sum);
  assert.equal(onlyWord("<html>not found</html>"), undefined);
  const list = `${"f".repeat(64)}  a.tar.gz\n${sum} *b.tar.gz\n`;
  assert.equal(lineOf(list, "b.tar.gz"), sum);
  assert.equal(lineOf(list, "c.tar.gz"), undefined);
  const assets = [
    { name: "kwok-linux-amd64", digest: `sha256:${sum}` },
    { name: "old", digest: null },
  ];
  assert.equal(digestOf(JSON.stringify({ assets }), "kwok-linux-amd64"), sum);
  assert.equal(digestOf(JSON.stringify({ assets }), "old"), undefined);
  assert.equal(digestOf("rate limit exceeded", "kwok-linux-amd64"), undefined);
});

test("says how long something took as a person would", () => {
  assert.deepEqual([400, 8_000, 59_600, 100_000].map(duration), ["0 s", "8 s", "1 min", "1 min 40 s"]);
});

test("a step tells that it starts, how far it is, and that it is done", async () => {
  const lines: string[] = [];
  let enough: () => void = () => undefined;
  const work = new Promise<void>((resolve) => (enough = resolve));
  const progress = (line: string) => {
    if (lines.push(line) === 3) enough();
  };
  const options = { expected: "about 1 min", detail: () => "3 MB", every: 5 };
  await step(progress, "[1/2] working", options, () => work);
  assert.equal(lines[0], "[1/2] working … (about 1 min)");
  assert.match(lines[1] ?? "", /^\[1\/2\] working … \d+ s, 3 MB \(about 1 min\)$/);
  assert.match(lines.at(-1) ?? "", /^\[1\/2\] working: done in \d+ s, 3 MB$/);
});

test("a step that fails does not say it is done, and stops telling", async () => {
  const lines: string[] = [];
  const failing = step(
    (line) => lines.push(line),
    "x",
    { every: 5 },
    () => Promise.reject(new Error("broken")),
  );
  await assert.rejects(failing, /broken/);
  const count = lines.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(lines.length, count);
  assert.ok(!lines.some((line) => line.includes("done")));
});
