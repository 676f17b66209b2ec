import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { clusterAccess } from "../../../lib/kubernetes/kubeconfig.ts";
import { connect } from "../../../lib/kubernetes/cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
after(() => rmSync(folder, { recursive: true }));

const server = "http://127.0.0.1:1";
const content = (user: object = { token: "t" }) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  });

test("a kubeconfig may be JSON on one line, or lie in the home directory", async (context) => {
  const home = process.env["HOME"];
  context.after(() => (process.env["HOME"] = home));
  process.env["HOME"] = folder;
  writeFileSync(join(folder, "config"), content());
  for (const kubeconfig of [content(), "~/config"]) {
    assert.equal((await clusterAccess(kubeconfig, "")).server, server);
    const cluster = await connect({ kubeconfig, context: "" });
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "a", name: "b" };
    await assert.rejects(cluster.get(secret), /^Error: Could not read Secret a\/b: /, "it asks the server");
  }
});

test("what a kubeconfig needs and cannot be had is said in one line", async () => {
  const refusal = async (kubeconfig: string) => {
    const error: unknown = await clusterAccess(kubeconfig, "").catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    assert.match(
      error.message,
      /^mesh-six:kubeconfig: expected [^\n]*; [^\n]*pulumi config set mesh-six:kubeconfig PATH$/,
    );
    return error.message;
  };
  const exec = (command: string, ...args: string[]) =>
    content({ exec: { apiVersion: "client.authentication.k8s.io/v1", command, args } });
  assert.match(await refusal(folder), /expected to read .*, got EISDIR;/);
  assert.match(await refusal(content({ "client-certificate": "gone.crt" })), /read .*gone\.crt, got ENOENT;/);
  assert.match(
    await refusal(exec("no-such-command")),
    /to log in as context one says, got spawn no-such-command ENOENT; see that the command it names works/,
  );
  const leaky = await refusal(exec("echo", "canary"));
  assert.match(leaky, /got an answer that is no ExecCredential;/);
  assert.doesNotMatch(leaky, /canary/);
});
