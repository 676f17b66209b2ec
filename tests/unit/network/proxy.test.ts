import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { parse } from "yaml";
import { pastProxy, proxyFor } from "../../../lib/network/proxy.mjs";

const proxy = "http://proxy.example.com:3128";
const at = (address: string, environment: NodeJS.ProcessEnv) => proxyFor(address, environment)?.url;

describe("the proxy for an address", () => {
  test("is that of HTTPS_PROXY or HTTP_PROXY, in either case, by the address's own protocol", () => {
    assert.deepEqual(proxyFor("https://api.github.com", { HTTPS_PROXY: proxy }), {
      variable: "HTTPS_PROXY",
      url: proxy,
    });
    assert.equal(at("https://api.github.com", { https_proxy: "proxy.example.com:3128" }), proxy);
    assert.equal(at("http://api.github.com", { http_proxy: proxy }), proxy);
    assert.equal(at("http://api.github.com", { HTTPS_PROXY: proxy }), undefined);
    assert.equal(at("https://api.github.com", { HTTP_PROXY: proxy }), undefined);
    assert.equal(at("https://api.github.com", { HTTPS_PROXY: "" }), undefined);
  });

  test("is none for this machine itself", () => {
    for (const host of ["localhost", "127.0.0.1", "127.8.9.10", "[::1]"])
      assert.equal(at(`https://${host}:6443`, { HTTPS_PROXY: proxy }), undefined, host);
  });

  const exceptions: Readonly<Record<string, readonly [direct: string[], proxied: string[]]>> = {
    "*": [["api.github.com"], []],
    "example.com": [["example.com", "git.example.com", "EXAMPLE.com"], ["notexample.com"]],
    ".example.com": [["git.example.com"], ["example.com"]],
    "*.example.com": [["git.example.com"], ["example.com"]],
    "a.org, git.example.com": [["git.example.com", "a.org"], ["example.com"]],
    "git.example.com:8443": [["git.example.com:8443"], ["git.example.com"]],
    "10.0.0.0/8": [["10.1.2.3"], ["11.1.2.3", "ten.example.com"]],
    "192.0.2.7": [["192.0.2.7"], ["192.0.2.70"]],
    "fd00::/8": [["[fd00::7]"], ["[fe80::7]"]],
    "[fd00::7]:443": [["[fd00::7]"], ["[fd00::7]:8443"]],
  };
  for (const [list, [direct, proxied]] of Object.entries(exceptions)) {
    test(`obeys NO_PROXY=${list}`, () => {
      for (const host of direct)
        assert.equal(at(`https://${host}`, { HTTPS_PROXY: proxy, no_proxy: list }), undefined, host);
      for (const host of proxied)
        assert.equal(at(`https://${host}`, { HTTPS_PROXY: proxy, NO_PROXY: list }), proxy, host);
    });
  }

  test("is refused by the name of its variable when it is of another kind", () => {
    assert.throws(
      () => proxyFor("https://api.github.com", { https_proxy: "socks5://proxy:1080" }),
      /^Error: https_proxy: expected http:/,
    );
  });

  test("with a password that cannot be decoded is refused so as well, and the password is not repeated", () => {
    assert.throws(
      () => proxyFor("https://api.github.com", { HTTPS_PROXY: "http://robot:100%zz@proxy:3128" }),
      {
        message:
          "HTTPS_PROXY: expected user and password with each % written as %25, got a % that encodes nothing",
      },
    );
  });

  test("is kept away from this machine where others read the environment", () => {
    assert.deepEqual(pastProxy({ PATH: "/bin" }), {});
    const list = "a.org,127.0.0.1,localhost,::1";
    assert.deepEqual(pastProxy({ https_proxy: proxy, NO_PROXY: "a.org" }), {
      NO_PROXY: list,
      no_proxy: list,
    });
  });

  test("is kept away from the engine in a program that pulumi starts, whatever the case of the variable", async () => {
    const { runtime } = parse(await readFile("Pulumi.yaml", "utf8")) as {
      runtime: { options: { nodeargs: string } };
    };
    const engine = `
      import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
      const server = new Server();
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) => {
        const client = new Client("127.0.0.1:" + port, credentials.createInsecure());
        client.waitForReady(Date.now() + 5_000, (error) => {
          console.log(error ? error.message : "connected");
          process.exit();
        });
      });`;
    const argv = [...runtime.options.nodeargs.split(" "), "--input-type=module", "--eval", engine];
    for (const name of ["https_proxy", "http_proxy", "HTTPS_PROXY"]) {
      const env = { PATH: process.env["PATH"], [name]: "http://127.0.0.1:9", NO_PROXY: "a.org" };
      const { stdout } = await promisify(execFile)(process.execPath, argv, { env });
      assert.equal(stdout.trim(), "connected", name);
    }
  });
});
