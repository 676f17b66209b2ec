import { GitHub } from "../../lib/github/client.ts";
import {
  latestDeliveries,
  rejectedInWords,
  rejectedRemedy,
  rejectedSinceLastGood,
} from "../../lib/github/deliveries.ts";
import type { WatchedWebhook } from "./environment.ts";

/** The result of a look at the webhook's deliveries. */
export interface DeliveryLook {
  /** One line; undefined where the receiver takes what GitHub delivers. */
  readonly trouble: string | undefined;
  readonly seen: string;
}

/** Looks at what GitHub has delivered to the receiver lately. @throws Error in one line when GitHub does not answer */
export async function lookAtDeliveries(webhook: WatchedWebhook): Promise<DeliveryLook> {
  const { githubUrl: baseUrl, token, organization, url } = webhook;
  const github = new GitHub({ baseUrl, token, backoffSeconds: 5, patienceSeconds: 30 });
  const hooks = await github.rest<
    readonly { readonly id: number; readonly config: { readonly url?: string } }[]
  >("GET /orgs/{org}/hooks", { org: organization, per_page: 100 });
  const hook = hooks.find(({ config }) => config.url === url);
  if (hook === undefined) {
    const trouble = `no webhook of ${organization} delivers to ${url}; run pulumi up --refresh`;
    return { trouble, seen: trouble };
  }
  const deliveries = await latestDeliveries(github, { organization, hookId: String(hook.id) });
  const rejected = rejectedSinceLastGood(deliveries);
  const seen = rejectedInWords(rejected);
  return { trouble: rejected.length === 0 ? undefined : `${seen}; ${rejectedRemedy(rejected)}`, seen };
}

/** Lines about rejected deliveries, for a person who sees nothing come. */
export async function deliveryLines(webhook: WatchedWebhook | undefined): Promise<readonly string[]> {
  if (webhook === undefined) return [];
  try {
    const { trouble } = await lookAtDeliveries(webhook);
    return trouble === undefined ? [] : [`webhook: ${trouble}`];
  } catch (error) {
    return [`webhook: its deliveries cannot be read: ${(error as Error).message}`];
  }
}
