/** The deliveries to a hook, newest first, and delivering one again. */
import { json, notFound, page, type Incoming, type Reply } from "../http/http.ts";
import type { Delivery, Hook } from "../store/rows.ts";
import type { World } from "../store/world.ts";
import type { HookOwner } from "./hooks.ts";

/** Answers …/hooks/{id}/deliveries, …/deliveries/{delivery} and …/deliveries/{delivery}/attempts. */
export function deliveryRoutes(
  world: World,
  owner: HookOwner,
  hook: Hook,
  request: Incoming,
  rest: string,
): Reply {
  const [, id, attempts] = /^\/deliveries(?:\/(\d+)(\/attempts)?)?$/.exec(rest) ?? [];
  const deliveries = world.rows.deliveries.findBy("hook_id", hook.id).sort((a, b) => b.id - a.id);
  if (rest === "/deliveries" && request.method === "GET") {
    return page(
      request,
      `${owner.url}/${hook.id}/deliveries`,
      deliveries.map((d) => summary(owner, d)),
    );
  }
  const delivery = deliveries.find((d) => d.id === Number(id));
  if (!delivery) return notFound();
  if (attempts !== undefined && request.method === "POST") {
    world.deliveries.send(
      hook,
      delivery.event,
      delivery.action ?? undefined,
      delivery.request.payload,
      delivery,
    );
    return json(202, {});
  }
  if (attempts !== undefined || request.method !== "GET") return notFound();
  return json(200, {
    ...summary(owner, delivery),
    url: hook.url,
    request: delivery.request,
    response: delivery.response,
  });
}

function summary(owner: HookOwner, delivery: Delivery): Record<string, unknown> {
  const { id, guid, delivered_at, redelivery, duration, status, status_code, event, action } = delivery;
  return {
    id,
    guid,
    delivered_at,
    redelivery,
    duration,
    status,
    status_code,
    event,
    action,
    installation_id: null,
    repository_id: owner.kind === "repository" ? owner.row.id : null,
    throttled_at: null,
  };
}
