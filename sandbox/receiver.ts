/**
 * Stands for the webhook receiver at https://mesh-six.bto.bar in the sandbox: the emulated GitHub delivers there,
 * and each delivery's line in the log says whether it was signed with the secret that is in the cluster.
 * usage: node sandbox/receiver.ts CONFIG, a JSON file {port, directory, apiServerPort?}
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "./apiClient.ts";
import { sandboxDirectory } from "./directory.ts";

interface Config {
  readonly port: number;
  readonly directory: string;
  /** Left away where the cluster is not the sandbox's own: then signatures are not judged. */
  readonly apiServerPort?: number;
}

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Config;
const client =
  config.apiServerPort === undefined
    ? undefined
    : new ApiClient(sandboxDirectory(config.directory), config.apiServerPort);

/**
 * The secret as the receiver's Pod would have it. The first delivery, a new hook's ping, can come before the
 * Secret is in the cluster; GitHub waits ten seconds for an answer.
 */
async function secret(): Promise<string | undefined> {
  const end = Date.now() + 8_000;
  for (;;) {
    const found = await readSecret();
    if (found !== undefined || client === undefined || Date.now() > end) return found;
    await sleep(250);
  }
}

async function readSecret(): Promise<string | undefined> {
  const path = "/api/v1/namespaces/mesh-six/secrets/github-webhook-secret";
  const object = (await client?.get(path).catch(() => undefined)) as
    { data?: { secret?: string } } | undefined;
  return object?.data?.secret === undefined
    ? undefined
    : Buffer.from(object.data.secret, "base64").toString("utf8");
}

async function judge(body: string, signature: string): Promise<"valid" | "invalid" | "not judged"> {
  const key = await secret();
  if (key === undefined) return "not judged";
  const expected = Buffer.from(`sha256=${createHmac("sha256", key).update(body).digest("hex")}`);
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given) ? "valid" : "invalid";
}

const server = createServer((request, response) => {
  const header = (name: string) => String(request.headers[name] ?? "");
  void text(request).then(async (body) => {
    const signature = await judge(body, header("x-hub-signature-256"));
    const line = {
      at: new Date().toISOString(),
      event: header("x-github-event"),
      delivery: header("x-github-delivery"),
      path: request.url,
      signature,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    response.writeHead(signature === "invalid" ? 401 : 200).end();
  });
});
server.listen(config.port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
