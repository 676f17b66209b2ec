import type { GitHub } from "./client.ts";

/** One delivery of a webhook, as GitHub lists it. */
export interface Delivery {
  readonly id: number;
  /** The same for every attempt at one event. */
  readonly guid: string;
  readonly event: string;
  readonly delivered_at: string;
  /** Whether it was sent again. */
  readonly redelivery: boolean;
  /** HTTP status of the receiver's answer; GitHub's own, such as 502, when it could not be reached. */
  readonly status_code: number;
  /** GitHub's word for it, as in `OK`, `Invalid HTTP Response: 404` or `failed to connect to host`. */
  readonly status: string;
}

/** A webhook of an organization. */
export interface WebhookOf {
  readonly organization: string;
  /** Number of the webhook. */
  readonly hookId: string;
}

/** Deliveries of a page, GitHub's most. */
export const deliveriesOfPage = 100;

/** The latest deliveries, the last first. */
export function latestDeliveries(
  github: GitHub,
  { organization, hookId }: WebhookOf,
): Promise<readonly Delivery[]> {
  const asked = { org: organization, hook: hookId, per_page: deliveriesOfPage };
  return github.rest<readonly Delivery[]>("GET /orgs/{org}/hooks/{hook}/deliveries", asked);
}

/**
 * The events that the receiver has not taken since it last took a new one, the oldest first. A ping is no event: it
 * is sent when the webhook is made, before anybody listens. A delivery that was sent again and taken says nothing of
 * the others.
 *
 * @param deliveries - the last first
 */
export function rejectedSinceLastGood(deliveries: readonly Delivery[]): readonly Delivery[] {
  const good = deliveries.findIndex((one) => one.event !== "ping" && isGood(one) && !one.redelivery);
  return notTaken(deliveries, good < 0 ? deliveries : deliveries.slice(0, good));
}

/** The same since a time, whatever the receiver has taken since then. */
export function rejectedSince(deliveries: readonly Delivery[], time: Date): readonly Delivery[] {
  return notTaken(
    deliveries,
    deliveries.filter(({ delivered_at: at }) => Date.parse(at) >= time.getTime()),
  );
}

/** The last attempt at each of these events that no attempt has brought to the receiver, the oldest first. */
function notTaken(all: readonly Delivery[], these: readonly Delivery[]): readonly Delivery[] {
  const taken = new Set(all.filter(isGood).map(({ guid }) => guid));
  const byEvent = new Map<string, Delivery>();
  for (const one of these)
    if (one.event !== "ping" && !taken.has(one.guid) && !byEvent.has(one.guid)) byEvent.set(one.guid, one);
  return [...byEvent.values()].reverse();
}

function isGood({ status_code: code }: Delivery): boolean {
  return code >= 200 && code < 300;
}

/** One line about rejected deliveries, as in `3 deliveries rejected since 12:04 UTC, the last with 401 (…)`. */
export function rejectedInWords(rejected: readonly Delivery[]): string {
  const [first, last] = [rejected[0], rejected.at(-1)];
  if (first === undefined || last === undefined) return "no delivery was rejected";
  const count = rejected.length === 1 ? "1 delivery" : `${String(rejected.length)} deliveries`;
  const since = first.delivered_at.replace("T", " ").slice(0, 16);
  return `${count} rejected since ${since} UTC, the last with ${String(last.status_code)} (${last.status})`;
}

/** The remedy for rejected deliveries, by the last answer. */
export function rejectedRemedy(rejected: readonly Delivery[]): string {
  const code = rejected.at(-1)?.status_code;
  return code === 401 || code === 403
    ? "its secret differs from the receiver's: pulumi up --refresh sets it again and sends them again"
    : "look at the receiver (pods of webhook-receiver, the IngressRoute, DNS); then pulumi up --refresh sends them again";
}

/** Sends events again, in their order; GitHub itself never does. */
export async function sendAgain(
  github: GitHub,
  { organization, hookId }: WebhookOf,
  rejected: readonly Delivery[],
): Promise<void> {
  for (const { id } of rejected) {
    await github.rest("POST /orgs/{org}/hooks/{hook}/deliveries/{delivery}/attempts", {
      org: organization,
      hook: hookId,
      delivery: id,
    });
  }
}
