import { plain, type Handler } from "./http.ts";

/**
 * The HTTP a process inside the service's Pod would have: asked as a proxy (by a command that exec runs), it answers
 * for the service itself, its sidecar and every other Service of the cluster.
 */
export function podNetwork(
  service: string,
  services: ReadonlyMap<string, Handler>,
  sidecars: ReadonlyMap<string, Handler>,
): Handler {
  return (call) => {
    if (call.host === undefined) return services.get(service)?.(call);
    const [host = "", port] = call.host.split(":");
    const local = host === "localhost" || host === "127.0.0.1";
    const target = local
      ? service
      : (/^([a-z0-9-]+)(\.mesh-six(\.svc(\.cluster\.local)?)?)?$/.exec(host)?.[1] ?? "");
    const handler = (local && port === "3500" ? sidecars : services).get(target);
    return handler ? handler(call) : plain(`No Service ${call.host} in this cluster.\n`, 502);
  };
}
