import { json, plain, type Handler } from "./http.ts";
import type { System } from "../system.ts";

/** The Dapr sidecar of a service: what it has loaded, and calls of other services by their name. */
export function sidecar(system: System, service: string, services: ReadonlyMap<string, Handler>): Handler {
  return async (call) => {
    if (service === "project-manager" && system.faults.has("sidecar-down")) return plain("", 500);
    if (call.path === "/v1.0/healthz") return plain("", 204);
    if (call.path === "/v1.0/metadata") return json(await metadata(system, service));
    const [, target = "", method = ""] = /^\/v1\.0\/invoke\/([^/]+)\/method(\/.*)$/.exec(call.path) ?? [];
    const handler = services.get(target);
    return handler?.({ ...call, path: method, host: undefined });
  };
}

/** As daprd shows it: the Components of the namespace that are scoped to this service. */
async function metadata({ cluster, faults }: System, service: string) {
  const loaded = (await cluster.components())
    .filter(({ scopes }) => (scopes ?? []).length === 0 || scopes?.includes(service))
    .filter(({ metadata: { name } }) => !(name === "agent-outbox" && faults.has("component-missing")));
  return {
    id: service,
    runtimeVersion: "1.17.0",
    enabledFeatures: [],
    actors: [],
    components: loaded.map(({ metadata: { name }, spec }) => ({
      name,
      type: spec.type,
      version: spec.version ?? "v1",
      capabilities: [],
    })),
    extended: { daprRuntimeVersion: "1.17.0" },
    subscriptions: [],
    appConnectionProperties: { port: 3000, protocol: "http", channelAddress: "127.0.0.1" },
  };
}
