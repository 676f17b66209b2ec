/**
 * Stands for the webhook receiver at https://mesh-six.bto.bar in the sandbox: the emulated GitHub delivers there,
 * and each delivery's line in the log says whether it was signed with the secret that is in the cluster. It hands
 * on to the simulated mesh-six, while that runs; and it is where the deployed test app is said to be.
 * usage: node sandbox/emulators/receiver/server.ts CONFIG, a JSON file {port, directory, apiServerPort?}
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "../../services/apiClient.ts";
import { sandboxDirectory } from "../../place/directory.ts";
import { readJson } from "../../../lib/process/files.ts";
import { Supervisor } from "../../services/supervisor.ts";

/** The service's name, as services/nodeService.ts has it; this process does without all that lies behind that. */
const meshSixName = "mesh-six";

interface Config {
  readonly port: number;
  readonly directory: string;
  /** Left away where the cluster is not the sandbox's own: then signatures are not judged. */
  readonly apiServerPort?: number;
}

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Config;
const isJudging = config.apiServerPort !== undefined;
let client: ApiClient | undefined;

/** Made when it is first needed; its key may be gone, or made again, while this runs. */
function apiClient(port: number): ApiClient {
  client ??= new ApiClient(sandboxDirectory(config.directory), port);
  return client;
}

/**
 * The secret as the receiver's Pod would have it. The first delivery, a new hook's ping, can come before the
 * Secret is in the cluster; GitHub waits ten seconds for an answer.
 */
async function secret(): Promise<string | undefined> {
  const end = Date.now() + 8_000;
  for (;;) {
    const found = await readSecret();
    if (found !== undefined || !isJudging || Date.now() > end) return found;
    await sleep(250);
  }
}

async function readSecret(): Promise<string | undefined> {
  const path = "/api/v1/namespaces/mesh-six/secrets/github-webhook-secret";
  const { apiServerPort: port } = config;
  if (port === undefined) return undefined;
  const object = (await Promise.resolve()
    .then(() => apiClient(port).get(path))
    .catch(() => {
      client = undefined;
    })) as { data?: { secret?: string } } | undefined;
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

const supervisor = new Supervisor(sandboxDirectory(config.directory));

/** Asks the simulated mesh-six; undefined while it does not run. */
async function ask(path: string, init: RequestInit): Promise<{ status: number; body: string } | undefined> {
  const port = readJson<Record<string, number>>(sandboxDirectory(config.directory).ports)?.[meshSixName];
  if (port === undefined || supervisor.find(meshSixName) === undefined) return undefined;
  try {
    const url = `http://127.0.0.1:${String(port)}${path}`;
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(8_000) });
    return { status: answer.status, body: await answer.text() };
  } catch {
    return undefined; // it is just being started or stopped
  }
}

const server = createServer((request, response) => {
  const header = (name: string) => String(request.headers[name] ?? "");
  const path = request.url ?? "/";
  const answered = text(request).then(async (body) => {
    if (request.method === "GET") {
      const healthy = { status: 200, body: JSON.stringify({ status: "ok", version: "baseline" }) };
      const answer =
        path === "/healthz"
          ? ((await ask(path, {})) ?? healthy)
          : { status: 404, body: '{"error":"Not Found"}' };
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
      return;
    }
    const signature = await judge(body, header("x-hub-signature-256"));
    const line = {
      at: new Date().toISOString(),
      event: header("x-github-event"),
      delivery: header("x-github-delivery"),
      path,
      signature,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => /^(x-|content-type$)/.test(name)),
    ) as Record<string, string>;
    const answer =
      signature === "invalid" ? { status: 401 } : await ask(path, { method: "POST", headers, body });
    response.writeHead(answer?.status ?? 200).end();
  });
  // A client that goes away in the middle of its request, or trouble with one of them, must not end this process.
  answered.catch((error: unknown) => {
    process.stderr.write(`${String(request.method)} ${path}: ${String(error)}\n`);
    response.destroy();
  });
});
server.listen(config.port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
