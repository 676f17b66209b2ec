import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect } from "../../../lib/kubernetes/cluster.ts";

test("an answer that is none of an API server's is shown as it is", async (context) => {
  const proxy = createServer((_request, response) => {
    response.writeHead(502, { "content-type": "text/html" }).end("<html>Bad Gateway</html>");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  context.after(() => proxy.close());
  const server = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  const kubeconfig = JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  });
  const cluster = await connect({ kubeconfig, context: "" });
  await assert.rejects(
    cluster.get({ apiVersion: "v1", kind: "Secret", namespace: "a", name: "b" }),
    /^ApiError: Could not read Secret a\/b: .*(502|Bad Gateway)/,
  );
});
