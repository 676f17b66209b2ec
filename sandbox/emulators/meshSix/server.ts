/**
 * A small simulated mesh-six: each service of it is reached through the cluster, by port-forward, logs or exec of its
 * Pod, and answers as the real one would; what is to be wrong is said by faults.
 * usage: node sandbox/emulators/meshSix/server.ts CONFIG, a JSON file of the shape of Config
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sandboxDirectory } from "../../place/directory.ts";
import { agents, foreignServices, ownServices, silentServices } from "./services/agents.ts";
import { startBroker } from "./transport/broker.ts";
import { Cluster } from "./cluster.ts";
import { Database } from "./services/eventLog.ts";
import { isFault } from "./faults.ts";
import { json, listen, plain, type Handler } from "./transport/http.ts";
import { Logs } from "./transport/log.ts";
import { crashed, crashes, faultMark, manifestsOf } from "./manifests.ts";
import { podNetwork } from "./transport/network.ts";
import { takeUp } from "./services/projectManager.ts";
import { serviceHandler } from "./services/services.ts";
import { sidecar } from "./transport/sidecar.ts";
import type { System } from "./system.ts";
import { Transport, type Backend } from "./transport/transport.ts";
import { Versions } from "./versions.ts";
import { webhookReceiver } from "./services/webhookReceiver.ts";

interface Config {
  /** Port on 127.0.0.1; asked by the sandbox itself, never through the cluster. */
  readonly port: number;
  readonly directory: string;
  readonly apiServerPort: number;
  readonly githubUrl: string;
  readonly faults: readonly string[];
  /** File with the login of the sandbox's registry, whose images tell their version. */
  readonly registryLogin: string;
  /** The least time of a card in each column, in milliseconds. */
  readonly pace: number;
}

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Config;
const directory = sandboxDirectory(config.directory);
const versions = new Versions(config.registryLogin);
/** Those asked for, and those of the images that run. */
const faults = new Set(config.faults.filter(isFault));
const cluster = new Cluster(directory, config.apiServerPort);
const broker = await startBroker();
const system: System = {
  cluster,
  database: new Database(cluster, faults),
  logs: new Logs(join(directory.data("mesh-six"), "logs")),
  live: faults.has("dashboard-offline") ? { ...broker, url: "ws://127.0.0.1:9/ws" } : broker,
  faults,
  version: (service) => versions.of(service),
  alive: (service) => transport.alive.has(service),
  githubUrl: config.githubUrl,
  pace: config.pace,
};

const webhook = webhookReceiver(system, (itemId) => {
  takeUp(system, itemId);
});
const names = [...foreignServices, ...ownServices, ...silentServices];
const services = new Map<string, Handler>();
const sidecars = new Map<string, Handler>();
const backends = new Map<string, Backend>();
for (const name of names) {
  system.logs.open(name);
  services.set(name, serviceHandler(system, name, { "webhook-receiver": webhook }));
  sidecars.set(name, sidecar(system, name, services));
}
for (const name of names) {
  const [port, beside] = await Promise.all([
    listen(podNetwork(name, services, sidecars)),
    listen(sidecars.get(name) ?? (() => undefined)),
  ]);
  backends.set(name, { port, sidecar: beside, containerPort: name === "dashboard" ? 80 : 3000 });
  system.logs.write(name, "Listening on port 3000");
  const agent = agents.find(({ appId }) => appId === name);
  if (agent === undefined) continue;
  system.logs.write(name, "Registered in agent registry");
  await broker.publish(`agent/registry/${name}`, { ...agent, status: "online" });
}

const transport = new Transport(cluster, system.logs, backends, async (service, pod) => {
  const crashing = await versions.note(service, pod);
  faults.clear();
  for (const fault of [...config.faults.filter(isFault), ...versions.faults]) faults.add(fault);
  // Without the mark it is of an earlier start, and about to go.
  const isMarked = crashes(service, faults) && pod.metadata.annotations?.[faultMark] !== undefined;
  if (!crashing && !isMarked) return;
  await cluster.applyPodStatus(pod.metadata.name, crashed(service));
  crashShown ||= isMarked;
});

/** The number of looks at the Pods when all was in its wanted state. */
let prepared = Number.POSITIVE_INFINITY;
let crashShown = false;
/** Whether all was once as it is to be; what becomes of it afterwards is for the suites to find out. */
let began = false;
const absent = names.filter(
  (name) =>
    (name === "simple-agent" && faults.has("pod-pending")) ||
    (name === "claude-mqtt-bridge" && faults.has("bridge-down")),
);

/** The services that are not yet in their wanted state. */
function pending(): readonly string[] {
  if (transport.looks < prepared + 2) return names;
  // The others' Deployments may have been without Pods before.
  const wrong = ownServices.filter((name) => transport.reachable.has(name) === absent.includes(name));
  return faults.has("pod-crashing") && !crashShown ? [...wrong, "pod-crashing"] : wrong;
}

await listen((call) => {
  if (call.path === "/ready") {
    began ||= pending().length === 0;
    return began ? json({ ready: true }) : json({ ready: false, pending: pending() }, 503);
  }
  if (call.path === "/healthz") {
    return faults.has("health-500")
      ? plain("out of order", 500)
      : json({ status: "ok", version: "simulated" });
  }
  // The sandbox's receiver hands deliveries on for the ingress route of that path.
  return call.path.startsWith("/webhooks") ? services.get("webhook-receiver")?.(call) : undefined;
}, config.port);

process.on("SIGTERM", () => void system.logs.close().finally(() => process.exit(0)));
process.stdout.write(`mesh-six is simulated; faults: ${[...faults].join(", ") || "none"}\n`);
const following = transport.follow();
await system.database.prepare();
for (const name of ownServices) {
  // A release of the application may have it already.
  if (await cluster.isDeployed(name)) continue;
  for (const [path, manifest] of manifestsOf(name, faults)) await cluster.apply(path, manifest);
}
prepared = transport.looks;
await following;
