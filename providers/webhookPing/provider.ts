import { setTimeout as sleep } from "node:timers/promises";
import { configuredGitHub } from "../../lib/github/client.ts";

export { configure } from "../../lib/github/client.ts";

/** Inputs of the ping resource. */
export interface PingInputs {
  readonly organization: string;
  /** Number of the webhook. */
  readonly hookId: string;
  /** Where the webhook delivers to; undefined in states of before. */
  readonly url?: string;
  /** Whether the webhook stays when its resource goes; undefined in states of before. */
  readonly stays?: boolean;
}

interface Delivery {
  readonly event: string;
  /** HTTP status of the receiver's answer; GitHub's own, such as 502, when it could not be reached. */
  readonly status_code: number;
  /** GitHub's word for it, as in `OK`, `Invalid HTTP Response: 404` or `failed to connect to host`. */
  readonly status: string;
}

/** GitHub sends the ping within a moment, in milliseconds, and lists it when it was answered. */
const moment = 2000;

/** How often it is looked for; what is not there by then is reported as missing. */
const looks = 5;

/** Deliveries of a page, GitHub's most. */
const page = 100;

/** Looks the ping up in GitHub's list of deliveries, which has the latest first. */
async function outcome({ organization, hookId }: PingInputs): Promise<string> {
  const route = "GET /orgs/{org}/hooks/{hook}/deliveries";
  const asked = { org: organization, hook: hookId, per_page: page };
  let latest: Delivery | undefined;
  for (let look = 0; look < looks; look += 1) {
    await sleep(moment);
    const deliveries = await configuredGitHub().rest<Delivery[]>(route, asked);
    const ping = deliveries.find(({ event }) => event === "ping");
    if (ping) return told(ping);
    latest = deliveries[0];
    // One that has worked for long was taken over, and GitHub sends it no ping.
    if (deliveries.length === page) break;
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

/** Every input is taken. */
export function check(_olds: unknown, news: PingInputs) {
  return Promise.resolve({ inputs: news, failures: [] });
}

/** A new webhook has a new ping; what is known of the webhook besides is noted. */
export function diff(_id: string, olds: PingInputs, news: PingInputs) {
  const isOther = olds.hookId !== news.hookId;
  const known = olds.url !== undefined && (olds.url !== news.url || olds.stays !== news.stays);
  return Promise.resolve({ changes: isOther || known, replaces: isOther ? ["hookId"] : [], stables: [] });
}

/** Looks the ping up. It is a report: a receiver that does not run yet is no reason to fail. */
export async function create(inputs: PingInputs) {
  return { id: inputs.hookId, outs: { ...inputs, outcome: await outcome(inputs) } };
}

/** The past does not change. */
export function read(id: string, props: PingInputs) {
  return Promise.resolve({ id, props });
}

/** Notes what is known of the webhook; the ping was long ago. */
export function update(_id: string, olds: PingInputs, news: PingInputs) {
  return Promise.resolve({ outs: { ...olds, ...news } });
}

/**
 * Deletes nothing itself. GitHub's plugin deletes the webhook after this, by its number alone: one that somebody has
 * given another address by then is refused.
 */
async function remove(_id: string, { organization, hookId, url, stays }: PingInputs) {
  if (url === undefined || stays !== false) return;
  const hook = await hookOf(organization, hookId);
  const now = hook?.config?.url;
  if (now === undefined || now === url) return;
  throw new Error(
    `webhook ${hookId} of ${organization}: expected it to deliver to ${url} before it is deleted, got ${now}; keep it with githubRetain: true, or give it its address back`,
  );
}

interface Hook {
  readonly config?: { readonly url?: string };
}

/** @returns undefined when it is gone */
async function hookOf(org: string, hook: string): Promise<Hook | undefined> {
  try {
    return await configuredGitHub().rest<Hook>("GET /orgs/{org}/hooks/{hook}", { org, hook });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && "status" in cause && cause.status === 404) return undefined;
    throw error;
  }
}

export { remove as delete };
