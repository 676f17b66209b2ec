import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { GitHub, GitHubError, LostAnswerError } from "../../../lib/github/client.ts";

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Instead of a body in JSON. */
  readonly text?: string;
}

const viewer = { viewer: { login: "robot" } };
const done: Answer = { status: 200, body: { data: viewer } };
const limit = "You have exceeded a secondary rate limit.";
const query = "query Look { viewer { login } }";
const mutation = "mutation Change { a: x { id } b: y { id } }";

describe("the client for GitHub", () => {
  let answers: Answer[] = [];
  /** Time of each request, in milliseconds. */
  let came: number[] = [];
  let github: GitHub;
  const server = createServer((request, response) => {
    came.push(performance.now());
    const { status, headers, body, text } = answers.shift() ?? done;
    request.resume();
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(text ?? JSON.stringify(body));
  });
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    github = new GitHub({ baseUrl, token: "ghp_secret", backoffSeconds: 0.2, patienceSeconds: 60 });
  });
  after(() => server.close());
  beforeEach(() => {
    [answers, came] = [[], []];
  });

  const waited = () => ((came[1] ?? NaN) - (came[0] ?? NaN)) / 1000;
  const inASecond = () => String(Math.ceil(Date.now() / 1000) + 1);

  const limits: Readonly<Record<string, readonly [Answer, number]>> = {
    "as long as retry-after says": [
      { status: 429, headers: { "retry-after": "1" }, body: { message: "Too Many Requests" } },
      0.95,
    ],
    "as long as retry-after says, whatever the words of a 403": [
      { status: 403, headers: { "retry-after": "1" }, body: { message: "Slow down" } },
      0.95,
    ],
    "until the reset when nothing remains, with status 200": [
      {
        status: 200,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inASecond() },
        body: { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded for user ID 1." }] },
      },
      0.5,
    ],
    "its back-off when nothing remains and the answer names no reset": [
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0" },
        body: { message: "API rate limit exceeded" },
      },
      0.15,
    ],
    "its back-off after a secondary limit without retry-after": [
      { status: 403, body: { message: limit } },
      0.15,
    ],
  };
  for (const [how, [answer, seconds]] of Object.entries(limits)) {
    test(`waits ${how}, and asks again`, async () => {
      answers = [answer];
      assert.deepEqual(await github.query(query), viewer);
      assert.equal(came.length, 2);
      assert.ok(waited() >= seconds, `${waited()} s`);
    });
  }

  test("waits until the date that retry-after names, and not at all for one that has passed", async () => {
    const limitedUntil = (milliseconds: number): Answer => {
      const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + milliseconds).toUTCString();
      return { status: 503, headers: { "retry-after": date }, body: { message: "Maintenance" } };
    };
    answers = [limitedUntil(2000)];
    await github.query(query);
    assert.ok(waited() >= 1.9, `${waited()} s`);
    came = [];
    answers = [limitedUntil(-60_000)];
    await github.query(query);
    assert.ok(waited() < 0.15, `${waited()} s`);
  });

  test("gives no advice about permissions where a limit was reached", async () => {
    answers = Array.from({ length: 5 }, () => ({
      status: 403,
      headers: { "retry-after": "0" },
      body: { message: limit },
    }));
    await assert.rejects(github.query(query), {
      message: `Look: GitHub answered 403: ${limit}; gave up after 5 attempts, try again later`,
    });
  });

  test("repeats a page's title and the beginning of a long text, and no more of them", async () => {
    const page = `<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head>${"<p>x".repeat(999)}`;
    for (const [text, said] of [
      [page, 'a page with the title "Unicorn! &middot; GitHub"'],
      ["<html><body>no title", "a page"],
      ["u".repeat(9_000), `${"u".repeat(500)}…`],
    ] as const) {
      answers = [{ status: 400, headers: { "content-type": "text/html" }, text }];
      await assert.rejects(github.rest("GET /user"), { message: `GET /user: GitHub answered 400: ${said}` });
    }
  });

  test("says when to come back instead of waiting for the rest of an hour", async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 2400);
    answers = [
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
        body: { message: "API rate limit exceeded" },
      },
    ];
    await assert.rejects(
      github.query(query),
      /asks to wait (40|41) minutes: run the same command again then/,
    );
    assert.equal(came.length, 1);
  });

  test("does not repeat a change that was done by halves, and lets the limit that broke it pass first", async () => {
    const half = { data: { a: { id: "1" }, b: null }, errors: [{ type: "RATE_LIMITED", message: limit }] };
    answers = [{ status: 200, headers: { "retry-after": "1" }, body: half }];
    await assert.rejects(github.mutate(mutation), LostAnswerError);
    assert.equal(came.length, 1);
    await github.query(query);
    assert.ok(waited() >= 0.95, `${waited()} s`);
  });

  test("repeats what only reads after an error of the server, and leaves a write to be read back", async () => {
    const broken = { status: 502, body: { message: "Server Error" } };
    answers = [broken];
    await github.query(query);
    assert.equal(came.length, 2);
    answers = [broken];
    await assert.rejects(github.rest("POST /orgs/{org}/hooks", { org: "o" }), LostAnswerError);
    assert.equal(came.length, 3);
  });

  test("lets other changes go on while one waits for a limit", async () => {
    answers = [{ status: 429, headers: { "retry-after": "1" }, body: { message: "Too Many Requests" } }];
    const ended: string[] = [];
    const change = (name: string) => github.mutate(mutation).then(() => ended.push(name));
    await Promise.all([change("limited"), change("other")]);
    assert.deepEqual(ended, ["other", "limited"]);
  });

  test("calls a request by what it is about", async () => {
    const refusal = { status: 422, body: { message: "Validation Failed" } };
    answers = [refusal];
    await assert.rejects(
      github.rest("PATCH /repos/{owner}/{repo}/git/refs/{+ref}", {
        owner: "o",
        repo: "r",
        ref: "heads/main",
      }),
      /^GitHubError: PATCH \/repos\/o\/r\/git\/refs\/heads\/main: GitHub answered 422/,
    );
    answers = [{ status: 200, body: { data: null, errors: [{ type: "FORBIDDEN", message: "No." }] } }];
    await assert.rejects(
      github.query(query, { owner: "o", name: "r" }),
      /^GitHubError: Look of o\/r: GitHub refused it \(FORBIDDEN\): No\./,
    );
  });

  test("names what the token needs, and never the token", async () => {
    const headers = { "x-accepted-github-permissions": "organization_hooks=write" };
    answers = [
      { status: 403, headers, body: { message: "Resource not accessible by personal access token" } },
    ];
    const error: unknown = await github.rest("POST /orgs/{org}/hooks", { org: "o" }).catch((e: unknown) => e);
    assert.ok(error instanceof GitHubError);
    assert.match(error.message, /the token needs organization_hooks=write$/);
    assert.ok(!error.message.includes("ghp_secret"));
  });
});
