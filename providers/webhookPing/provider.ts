import { configuredGitHub } from "../../lib/github/client.ts";
import { unlessMissing } from "../../lib/github/errors.ts";
import {
  deliveriesOfPage,
  type Delivery,
  latestDeliveries,
  rejectedInWords,
  rejectedSinceLastGood,
} from "../../lib/github/deliveries.ts";
import { pause } from "../../lib/github/waiting.ts";
import { repairDeliveries } from "./repairDeliveries.ts";

export { configure } from "../../lib/github/client.ts";

/** Inputs of the ping resource. */
export interface PingInputs {
  readonly organization: string;
  /** Number of the webhook. */
  readonly hookId: string;
  /** The address that the webhook delivers to; undefined in states of before. */
  readonly url?: string;
  /** Whether the webhook stays when its resource goes; undefined in states of before. */
  readonly stays?: boolean;
  /** The webhook was there before and taken over, in this run or in one before; left out where it was not. */
  readonly adopted?: true;
  /** Signs the deliveries; undefined in states of before. */
  readonly secret?: string;
}

/** The inputs, and what is known besides. */
interface PingOutputs extends PingInputs {
  readonly outcome: string;
  /** Events that the receiver did not take, as a refresh saw them; left out where it took them. */
  readonly rejected?: string;
}

/** GitHub sends the ping within a moment, in seconds, and lists it when it was answered. */
const moment = 2;

/** The number of looks for it; a ping that is not there by then is reported as missing. */
const looks = 5;

/** Looks the ping up in GitHub's list of deliveries, which has the latest first. */
async function outcome(hook: PingInputs): Promise<string> {
  let latest: Delivery | undefined;
  for (let look = 0; look < looks; look += 1) {
    await pause(moment);
    const deliveries = await latestDeliveries(configuredGitHub(), hook);
    const ping = deliveries.find(({ event }) => event === "ping");
    if (ping) return told(ping);
    latest = deliveries[0];
    // One that has worked for long was taken over, and GitHub sends it no ping.
    if (deliveries.length === deliveriesOfPage) break;
  }
  return latest === undefined
    ? "not sent yet: look at the webhook's recent deliveries on GitHub"
    : `none lately; the last delivery, ${latest.event}: ${told(latest)}`;
}

function told({ status, status_code: code }: Delivery): string {
  return /^(OK|Invalid HTTP Response)/.test(status)
    ? `answered ${code} (${status})`
    : `not delivered: ${status}`;
}

/**
 * Every input is taken. A webhook that was taken over stays people's, also when the settings no longer say so: the state
 * carries it on.
 */
export function check(olds: Partial<PingInputs>, declared: PingInputs) {
  const isCarried = olds.adopted === true && olds.hookId === declared.hookId;
  const news: PingInputs = isCarried ? { ...declared, adopted: true } : declared;
  const { hookId, organization } = news;
  if (olds.hookId === hookId && olds.stays === true && news.stays === false)
    console.log(
      news.adopted === true
        ? `webhook ${hookId} of ${organization}: it was taken over, so it stays: a destroy is refused until githubWebhookId ${hookId} or githubRetain: true is set again`
        : `webhook ${hookId} of ${organization}: it is deleted with the stack from now on; where people had it before this stack, set githubRetain: true`,
    );
  return Promise.resolve({ inputs: news, failures: [] });
}

/** A new webhook has a new ping; what is known of the webhook besides is noted, and rejected events are sent again. */
export function diff(_id: string, olds: PingInputs & Partial<PingOutputs>, news: PingInputs) {
  const isOther = olds.hookId !== news.hookId;
  // A state of before knows too little once the webhook could be deleted.
  const endangered = olds.adopted !== true && news.adopted === true && news.stays === false;
  const known =
    endangered ||
    olds.rejected !== undefined ||
    (olds.url !== undefined &&
      (olds.url !== news.url || olds.stays !== news.stays || olds.secret !== news.secret));
  return Promise.resolve({ changes: isOther || known, replaces: isOther ? ["hookId"] : [], stables: [] });
}

/** Looks the ping up. It is a report: a receiver that does not run yet is no reason to fail. */
export async function create(inputs: PingInputs) {
  return { id: inputs.hookId, outs: { ...inputs, outcome: await outcome(inputs) } };
}

/** The ping was long ago. Whether the receiver takes the events since is seen here, for nothing else tells it. */
export async function read(id: string, props: PingOutputs): Promise<{ id: string; props: PingOutputs }> {
  const rest = withoutRejected(props);
  const rejected = await unlessMissing(
    latestDeliveries(configuredGitHub(), props).then(rejectedSinceLastGood),
  );
  return {
    id,
    props:
      rejected === undefined || rejected.length === 0
        ? rest
        : { ...rest, rejected: rejectedInWords(rejected) },
  };
}

function withoutRejected(outputs: PingOutputs): PingOutputs {
  const members = Object.entries(outputs).filter(([name]) => name !== "rejected");
  return Object.fromEntries(members) as unknown as PingOutputs;
}

/** Notes what is known of the webhook. After a new secret, and where events were rejected, they are sent again. */
export async function update(
  _id: string,
  olds: PingOutputs,
  news: PingInputs,
): Promise<{ outs: PingOutputs }> {
  const isRotated = olds.secret !== undefined && olds.secret !== news.secret;
  const repaired =
    isRotated || olds.rejected !== undefined ? await unlessMissing(repair(news, isRotated)) : undefined;
  return { outs: { ...withoutRejected(olds), ...news, outcome: repaired ?? olds.outcome } };
}

async function repair(hook: PingInputs, isRotated: boolean): Promise<string | undefined> {
  // The update of the webhook with the new secret has come before this one.
  const { updated_at: at } = (isRotated && (await hookOf(hook.organization, hook.hookId))) || {};
  const rotated = at === undefined ? undefined : new Date(at);
  return repairDeliveries(configuredGitHub(), hook, hook.secret, rotated);
}

/**
 * Deletes nothing itself. GitHub's plugin deletes the webhook after this, by its number alone: one that was taken over,
 * or that somebody has given another address by then, is refused.
 */
async function remove(_id: string, { organization, hookId, url, stays, adopted }: PingInputs) {
  if (url === undefined || stays !== false) return;
  const hook = await hookOf(organization, hookId);
  if (hook !== undefined && adopted === true)
    throw new Error(
      `webhook ${hookId} of ${organization}: expected one that this stack made before it is deleted, got one that was taken over; keep it with githubWebhookId ${hookId} or githubRetain: true and pulumi up, or delete it on GitHub`,
    );
  const now = hook?.config?.url;
  if (now === undefined || now === url) return;
  throw new Error(
    `webhook ${hookId} of ${organization}: expected it to deliver to ${url} before it is deleted, got ${now}; keep it with githubRetain: true, or give it its address back`,
  );
}

interface Hook {
  readonly config?: { readonly url?: string };
  readonly updated_at?: string;
}

/** @returns undefined when it is gone */
function hookOf(org: string, hook: string): Promise<Hook | undefined> {
  return unlessMissing(configuredGitHub().rest<Hook>("GET /orgs/{org}/hooks/{hook}", { org, hook }));
}

export { remove as delete };
