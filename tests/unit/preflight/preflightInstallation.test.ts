import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { preflight } from "../../../preflight/preflight.ts";
import { application as paused, wanted } from "../argocd/wantedApplication.ts";

const application = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/mesh-six";
/** Status and body by path; all else is 404. */
let answers: Readonly<Record<string, readonly [number, unknown]>> = {};
let server: Server;

before(async () => {
  server = createServer(({ url = "" }, response) => {
    const [status, body] = answers[url] ?? [404, {}];
    response.writeHead(status).end(JSON.stringify(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
after(() => server.close());

/** The refusals of preflight, line by line, of a cluster with these answers; nobody listens for the database. */
async function refused(given: typeof answers): Promise<string[]> {
  answers = given;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = {
    clusters: [{ name: "c", cluster: { server: url } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  };
  const database = { host: "127.0.0.1", port: 1, sslMode: "disable", adminDatabase: "postgres" } as const;
  const admin = { adminUser: "admin", adminPassword: "x", adminSuperuser: true, vector: false };
  const looked = preflight({
    ...{ enabled: true, adopt: true, namespace: "mesh-six", isOwn: () => true, secrets: {} },
    ...{ kinds: [], kindsOfIngress: [], application: wanted },
    cluster: { kubeconfig: JSON.stringify(kubeconfig), context: "" },
    database: { ...database, ...admin, user: "mesh_six", name: "mesh_six" },
    github: { baseUrl: "", token: "", organization: "bto-labs", repositories: [], webhook: false },
  });
  const error: unknown = await looked.catch((cause: unknown) => cause);
  if (!pulumi.RunError.isInstance(error)) throw error as Error;
  return error.message.split("\n").filter((line) => /^ {2}- (?!database)/.test(line));
}

describe("preflight's look at the installation", () => {
  test("refuses where it fails while the cluster answers", async () => {
    for (const status of [429, 503])
      assert.deepEqual(await refused({ "/apis": [200, {}], [application]: [status, {}] }), [
        `  - Application argocd/mesh-six: expected an answer, got status ${status}; run the same command again, or see the API server's own log`,
      ]);
  });

  test("is not spoken of where the cluster answers nothing", async () => {
    const lines = await refused({ "/apis": [503, {}], [application]: [503, {}] });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", /^ {2}- cluster http.*: expected an answer, got status 503;/);
  });

  test("warns where the user lacks the right", async (t) => {
    const said = t.mock.method(pulumi.log, "warn", () => Promise.resolve());
    assert.deepEqual(await refused({ "/apis": [200, {}], [application]: [403, {}] }), []);
    assert.match(String(said.mock.calls[0]?.arguments[0]), /^Application argocd\/mesh-six: not looked at, /);
  });

  test("tells that a run was cut off after it paused the Application, and what comes back", async (t) => {
    const said = t.mock.method(pulumi.log, "warn", () => Promise.resolve());
    const annotations = { "mesh-six/automated": JSON.stringify({ enabled: false }) };
    const { metadata, ...rest } = paused();
    const found = { ...rest, metadata: { ...metadata, annotations } };
    assert.deepEqual(await refused({ "/apis": [200, {}], [application]: [200, found] }), []);
    assert.match(
      said.mock.calls.map(({ arguments: [line] }) => String(line)).join("\n"),
      /^Application argocd\/mesh-six: automated sync is off .* gives back what it was: \{"enabled":false\}$/m,
    );
  });

  test("fails on what it does not understand", async () => {
    const broken = { "/apis": [200, {}], [application]: [200, { metadata: {} }] } as const;
    await assert.rejects(refused(broken), TypeError);
  });
});
