import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { githubOfJob, keepComment } from "../../../operations/preview/githubComment.ts";
import { execute } from "../../support/engine/sandbox.ts";

describe("the token of a job", () => {
  for (const [command, option] of [
    ["preview", "--comment=o/r#1"],
    ["drift", "--issue=o/r"],
  ] as const) {
    test(`is missed by ${command} before the stack is looked at`, async () => {
      const argv = ["--disable-warning=ExperimentalWarning", `operations/${command}.ts`, "--stack", "none"];
      const { code, stdout, stderr } = await execute(process.execPath, [...argv, option], {
        PATH: process.env["PATH"],
      });
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^GITHUB_TOKEN: expected a token that may write issues [^\n]*\n$/);
    });
  }

  test("is to be changed where it is set when it cannot write, as on a pull request from a fork", async (t) => {
    const server = createServer((request, response) => {
      const isRead = request.method === "GET";
      response.writeHead(isRead ? 200 : 403, { "content-type": "application/json" });
      response.end(JSON.stringify(isRead ? [] : { message: "Resource not accessible by integration" }));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => server.close());
    const before = { ...process.env };
    t.after(() => Object.assign(process.env, { GITHUB_TOKEN: "", GITHUB_API_URL: "" }, before));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, {
      GITHUB_TOKEN: "of-the-job",
      GITHUB_API_URL: `http://127.0.0.1:${port}/api/v3/`,
    });
    await assert.rejects(keepComment(githubOfJob(), { owner: "o", repo: "r", number: 1 }, "mark", "body"), {
      message:
        "POST /repos/o/r/issues/1/comments: GitHub answered 403: Resource not accessible by integration; give the token that permission, or set another: in GITHUB_TOKEN",
    });
  });
});
