import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { kubeconfigOf, readContext } from "../../../lib/kubernetes/kubeconfig.ts";
import { clusterAccess } from "../../../lib/kubernetes/login.ts";
import { connect } from "../../../lib/kubernetes/cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
after(() => rmSync(folder, { recursive: true }));

const { HOME, KUBECONFIG } = process.env;
afterEach(() => {
  process.env["HOME"] = HOME;
  if (KUBECONFIG === undefined) delete process.env["KUBECONFIG"];
  else process.env["KUBECONFIG"] = KUBECONFIG;
});

const server = "http://127.0.0.1:1";
const content = (user: object = { token: "t" }, cluster: object = {}) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u", namespace: "n" } }],
    "current-context": "one",
  });

function file(path: string, text: string): string {
  const whole = join(folder, path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

const accessOf = (kubeconfig: string) => clusterAccess(kubeconfig, "");
async function headersOf(kubeconfig: string) {
  const { options } = await accessOf(kubeconfig);
  return options.headers;
}

test("a kubeconfig may be JSON on one line, or lie in the home directory", async () => {
  process.env["HOME"] = folder;
  file("config", content());
  for (const kubeconfig of [content(), "~/config"]) {
    assert.equal((await accessOf(kubeconfig)).server, server);
    const cluster = await connect({ kubeconfig, context: "" });
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "a", name: "b" };
    await assert.rejects(
      cluster.get(secret),
      /^ApiError: Could not read Secret a\/b: /,
      "it asks the server",
    );
  }
});

describe("the files in KUBECONFIG", () => {
  const first = {
    clusters: [{ name: "c", cluster: { server: "https://first.test/" } }],
    "current-context": "two",
  };
  const second = {
    clusters: [{ name: "c", cluster: { server: "https://second.test", "tls-server-name": "not-merged" } }],
    users: [{ name: "u", user: { token: "second" } }],
    contexts: [
      { name: "one", context: { cluster: "c", user: "nobody" } },
      { name: "two", context: { cluster: "c", user: "u" } },
    ],
    "current-context": "one",
  };
  const paths = () => [file("first", JSON.stringify(first)), file("second", JSON.stringify(second))];

  test("are merged: an entry and the current context are those of the first file that has them", () => {
    const empty = file("empty", "\n");
    process.env["KUBECONFIG"] = [join(folder, "gone"), "", empty, ...paths()].join(delimiter);
    const context = readContext({ kubeconfig: "", context: "" });
    assert.equal(context.name, "two");
    assert.equal(context.server, "https://first.test");
    assert.deepEqual(context.cluster, { server: "https://first.test/" });
    assert.deepEqual(context.user, { token: "second" });
    assert.deepEqual(context.files, [empty, ...paths()]);
  });

  test("may be named from the home directory", () => {
    process.env["HOME"] = folder;
    paths();
    process.env["KUBECONFIG"] = ["~/first", "~/second"].join(delimiter);
    assert.equal(readContext({ kubeconfig: "", context: "one" }).server, "https://first.test");
  });

  test("are named when all are missing", () => {
    process.env["KUBECONFIG"] = ["/gone/a", "/gone/b"].join(delimiter);
    assert.throws(() => readContext({ kubeconfig: "", context: "" }), /got none at \/gone\/a, \/gone\/b;/);
  });
});

describe("paths in a kubeconfig", () => {
  test("start at its folder, also those of the command to log in by", async () => {
    file("beside/ca.pem", "authority");
    file("beside/token", "from a file\n");
    const command = file("beside/bin/login", '#!/bin/sh\necho \'{"status":{"token":"by command"}}\'\n');
    chmodSync(command, 0o755);
    const authority = { "certificate-authority": "ca.pem" };
    const byFile = file("beside/config", content({ tokenFile: "./token" }, authority));
    const access = await accessOf(byFile);
    assert.equal(String(access.options.ca), "authority");
    assert.deepEqual(access.options.headers, { authorization: "Bearer from a file" });
    assert.equal(readContext({ kubeconfig: byFile, context: "" }).relative, true);
    const byCommand = file("beside/exec", content({ exec: { command: "./bin/login" } }));
    assert.deepEqual(await headersOf(byCommand), { authorization: "Bearer by command" });
  });

  test("are absolute in the kubeconfig of one context, which needs no folder", () => {
    file("beside/ca.pem", "authority");
    const path = file("beside/config", content({ token: "t" }, { "certificate-authority": "ca.pem" }));
    const context = readContext({ kubeconfig: path, context: "" });
    const again = readContext({ kubeconfig: kubeconfigOf(context), context: "" });
    assert.equal(again.cluster["certificate-authority"], join(folder, "beside/ca.pem"));
    assert.deepEqual([again.namespace, again.relative], ["n", false]);
  });
});

describe("a user of a kubeconfig", () => {
  test("may act as another one", async () => {
    const user = {
      token: "t",
      as: "jane",
      "as-groups": ["dev", "ops"],
      "as-user-extra": { Reason: ["test"] },
    };
    assert.deepEqual(await headersOf(content(user)), {
      authorization: "Bearer t",
      "impersonate-user": "jane",
      "impersonate-group": ["dev", "ops"],
      "impersonate-extra-reason": ["test"],
    });
  });

  test("logs in by a command, which gets the cluster and runs once until its answer expires", async () => {
    const calls = join(folder, "calls");
    const script = `
      require("fs").appendFileSync(${JSON.stringify(calls)}, "x");
      const { apiVersion, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      const expirationTimestamp = process.env.EXPIRES;
      const token = [apiVersion, spec.cluster.server, process.env.EXTRA].join(" ");
      console.log(JSON.stringify({ status: { token, expirationTimestamp, clientCertificateData: "pem" } }));`;
    const user = (expires: string) => ({
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: process.execPath,
        args: ["-e", script],
        env: [
          { name: "EXTRA", value: "extra" },
          { name: "EXPIRES", value: expires },
        ],
        provideClusterInfo: true,
      },
    });
    const count = async (expires: string) => {
      writeFileSync(calls, "");
      const { options } = await accessOf(content(user(expires)));
      await accessOf(content(user(expires)));
      const authorization = `Bearer client.authentication.k8s.io/v1 ${server} extra`;
      assert.deepEqual([options.headers, String(options.cert)], [{ authorization }, "pem"]);
      return readFileSync(calls, "utf8").length;
    };
    assert.equal(await count("2100-01-01T00:00:00Z"), 1);
    assert.equal(await count("2000-01-01T00:00:00Z"), 2);
  });

  test("reaches the server through a proxy, under the name its certificate has", async () => {
    const proxied = content(
      { token: "t" },
      { "proxy-url": "http://127.0.0.1:9", "tls-server-name": "inner" },
    );
    const { options } = await accessOf(proxied);
    assert.deepEqual(options.headers, { authorization: "Bearer t" });
    assert.equal(options.servername, "inner");
    assert.match(String((options.agent as { proxy?: unknown }).proxy), /127\.0\.0\.1:9/);
  });
});

test("names in one line a file or command that a kubeconfig needs and that is missing", async () => {
  const refusal = async (kubeconfig: string) => {
    const error: unknown = await accessOf(kubeconfig).catch((thrown: unknown) => thrown);
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
  assert.match(await refusal(exec("false")), /got exit code 1;/);
  const leaky = await refusal(exec("echo", "canary"));
  assert.match(leaky, /got an answer that is no ExecCredential;/);
  assert.doesNotMatch(leaky, /canary/);
});
