import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import type { Access } from "../../../lib/kubernetes/login.ts";
import { lineOf } from "../../../lib/text/problem.ts";
import type { Wanted } from "../../../preflight/application/seen.ts";
import { lookAtInstallation, stays } from "../../../preflight/application/installation.ts";

const annotations: Readonly<Record<string, Record<string, string>>> = {
  "/api/v1/namespaces/ours": { "mesh-six/stack": "prod" },
  "/api/v1/namespaces/theirs": { "mesh-six/stack": "other" },
  "/api/v1/namespaces/peoples": {},
  "/api/v1/namespaces/kept": { "mesh-six/retained": "true" },
};
/** Statuses with which the server refuses paths. */
const refusals: Record<string, number> = {};
const applications = "/apis/argoproj.io/v1alpha1/applications";
const inNamespace = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
let server: Server;
let access: Access;

before(async () => {
  server = createServer(({ url = "" }, response) => {
    const found = annotations[url];
    response.statusCode = refusals[url] ?? (found === undefined ? 404 : 200);
    response.end(JSON.stringify({ metadata: { uid: "of-the-namespace", annotations: found } }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  access = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, options: {} };
});
after(() => server.close());
afterEach(() => {
  for (const path of Object.keys(refusals)) delete refusals[path];
});

const wanted: Wanted = {
  ...{ stack: "prod", enabled: true, takeFrom: "", patchesBy: "program", declared: [] },
  ...{ application: { namespace: "argocd", name: "mesh-six" }, namespace: "theirs" },
  ...{ server: "https://kubernetes.default.svc", repository: "https://github.com/x/y", path: "p" },
  ...{ project: "default", revision: "main", prune: true },
};

const refused = [
  "Namespace theirs: expected no other stack's, got the one of stack other; give this stack one of its own: " +
    "pulumi config set mesh-six:namespace NAME; if that stack became this one: pulumi config set mesh-six:argocdTakeFrom other",
];

/** The different settings, whether the state holds the Namespace, and the problems. */
const cases: Readonly<Record<string, readonly [Partial<Wanted>, boolean | undefined, readonly string[]]>> = {
  "refuses a Namespace of another stack's": [{}, false, refused],
  "refuses it where the stack has no Application": [{ enabled: false }, false, refused],
  "refuses it where the state cannot be read": [{}, undefined, refused],
  "takes its own": [{ namespace: "ours" }, false, []],
  "takes one that no stack has": [{ namespace: "peoples" }, false, []],
  "takes one that is not there": [{ namespace: "none" }, false, []],
  "takes that of the stack it was before it was renamed": [{}, true, []],
  "takes that of the stack that the settings name": [{ takeFrom: "other" }, false, []],
};

for (const [what, [settings, holds, expected]] of Object.entries(cases)) {
  test(what, async () => {
    const asked: string[] = [];
    const { problems } = await lookAtInstallation(access, { ...wanted, ...settings }, (uid) => {
      asked.push(uid);
      return Promise.resolve(holds);
    });
    assert.deepEqual(problems.map(lineOf), expected);
    assert.ok(asked.every((uid) => uid === "of-the-namespace"));
  });
}

for (const [namespace, expected] of [
  ["kept", true],
  ["peoples", false],
  ["none", false],
] as const)
  test(`tells of a Namespace that is ${namespace} whether it stays when the stack goes: ${expected}`, async () => {
    const look = lookAtInstallation(access, { ...wanted, namespace }, () => Promise.resolve(true));
    assert.equal((await look).namespaceStays, expected);
    assert.equal(await stays(access, namespace), expected);
  });

test("tells nothing of a Namespace that cannot be read", async () => {
  assert.equal(await stays({ ...access, server: "http://127.0.0.1:1" }, "kept"), undefined);
});

const look = () =>
  lookAtInstallation(access, { ...wanted, namespace: "ours" }, () => Promise.resolve(undefined));

for (const [path, what] of [
  [`${inNamespace}/mesh-six`, "Application argocd/mesh-six"],
  ["/api/v1/namespaces/ours", "Namespace ours"],
  [applications, "the other Applications"],
] as const) {
  for (const status of [429, 503])
    test(`tells nothing where it gets status ${status} for ${what}`, async () => {
      refusals[path] = status;
      await assert.rejects(look(), (error: Error) => {
        assert.match(
          error.message,
          new RegExp(`^${what}: expected an answer, got status ${status}; run the same`),
        );
        return true;
      });
    });

  test(`says that ${what} cannot be looked at without the right`, async () => {
    Object.assign(refusals, { [path]: 403, ...(path === applications ? { [inNamespace]: 403 } : {}) });
    const { problems, notices } = await look();
    assert.deepEqual(problems, []);
    assert.match(
      notices.map(lineOf).join("\n"),
      new RegExp(`^${what}: not looked at, .*give the user the right$`),
    );
  });
}

test("takes the Applications of Argo CD's namespace where those of all namespaces are not to be had", async () => {
  refusals[applications] = 403;
  assert.deepEqual((await look()).notices, []);
});
