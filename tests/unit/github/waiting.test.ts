import assert from "node:assert/strict";
import { describe, test } from "node:test";
import grpc from "@grpc/grpc-js";
import { cancelled } from "../../../lib/pulumi/cancellation.ts";
import { pause, waitForLimit } from "../../../lib/github/waiting.ts";

/** The engine's call, as the SDK serves it. */
const definition = {
  cancel: {
    path: "/pulumirpc.ResourceProvider/Cancel",
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const;

describe("a wait for GitHub", () => {
  test("says until when at once, and again at least every ten seconds", async (t) => {
    const said: string[] = [];
    t.mock.method(process.stderr, "write", (text: string) => said.push(text));
    t.mock.timers.enable({
      apis: ["setTimeout", "setInterval", "Date"],
      now: Date.UTC(2026, 0, 1, 12, 0, 0),
    });
    const waited = waitForLimit("FindBoards of bto-labs", 25);
    const line = "FindBoards of bto-labs: GitHub's limit is reached; waiting until 12:00:25 UTC\n";
    assert.deepEqual(said, [line]);
    for (let second = 0; second < 24; second += 1) t.mock.timers.tick(1000);
    assert.deepEqual(said, [line, line, line]);
    t.mock.timers.tick(1000);
    await waited;
  });

  test("is not worth a line when it is short", async (t) => {
    const write = t.mock.method(process.stderr, "write", () => true);
    await waitForLimit("FindBoards", 0.01);
    assert.equal(write.mock.callCount(), 0);
  });

  test("ends when the engine cancels the operation", async () => {
    const server = new grpc.Server();
    server.addService(definition, {
      cancel: (_: unknown, answer: (error: null, bytes: Buffer) => void) => answer(null, Buffer.alloc(0)),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    assert.equal(cancelled().aborted, false);
    const ended = assert.rejects(
      pause(3600),
      /^GitHubError: interrupted while waiting for GitHub; run the same command again$/,
    );
    const Client = grpc.makeGenericClientConstructor(definition, "ResourceProvider");
    const client = new Client(`127.0.0.1:${String(port)}`, grpc.credentials.createInsecure());
    await new Promise((resolve) => {
      (client as unknown as { cancel: (bytes: Buffer, done: (answer: unknown) => void) => void }).cancel(
        Buffer.alloc(0),
        resolve,
      );
    });
    await ended;
    client.close();
    server.forceShutdown();
  });
});
