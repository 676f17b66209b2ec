import type { GitHub } from "../../lib/github/client.ts";
import {
  latestDeliveries,
  rejectedInWords,
  rejectedSince,
  rejectedSinceLastGood,
  sendAgain,
  type WebhookOf,
} from "../../lib/github/deliveries.ts";
import { pause } from "../../lib/github/waiting.ts";

/** The time after which the receiver knows a new secret, in seconds: its pods start again with it. */
const receiverKnows = 300;

/** Seconds between two looks; the first attempts are answered by then. */
const between = 3;

/**
 * Sends the events again that the receiver has rejected, and sets the secret once more where it takes none for genuine:
 * somebody may have changed it on GitHub, which tells nobody a secret.
 *
 * @param secret - that the receiver has
 * @param rotated - when GitHub got it: from then on events may be lost between others that the receiver took
 * @returns what became of them; undefined where nothing was rejected
 */
export async function repairDeliveries(
  github: GitHub,
  hook: WebhookOf,
  secret: string | undefined,
  rotated?: Date,
): Promise<string | undefined> {
  const begin = await latestDeliveries(github, hook);
  const first = rotated === undefined ? rejectedSinceLastGood(begin) : rejectedSince(begin, rotated);
  if (first.length === 0) return undefined;
  if (secret !== undefined && first.some(isNotGenuine)) {
    const { organization: org, hookId } = hook;
    await github.rest("PATCH /orgs/{org}/hooks/{hook}/config", { org, hook: hookId, secret });
  }
  // All of them until the end: pods that know the secret and pods that do not may answer in turn.
  const since = new Date(Math.min(...first.map(({ delivered_at: at }) => Date.parse(at))));
  const events = new Set(first.map(({ guid }) => guid));
  let rejected = first;
  let waited = 0;
  for (;;) {
    await sendAgain(github, hook, rejected);
    await pause(between);
    const left = rejectedSince(await latestDeliveries(github, hook), since);
    for (const { guid } of left) events.add(guid);
    if (left.length === 0) return `${String(events.size)} rejected before, taken when sent again`;
    // A receiver that is not there at all is no reason to wait.
    if (!left.every(isNotGenuine) || waited >= receiverKnows) return `sent again: ${rejectedInWords(left)}`;
    rejected = left;
    const longer = Math.min(15, waited);
    await pause(longer);
    waited += between + longer;
  }
}

function isNotGenuine({ status_code: code }: { readonly status_code: number }): boolean {
  return code === 401 || code === 403;
}
