import { lookup } from "node:dns/promises";
import { fetchOutside } from "../../../lib/network/fetch.ts";
import type { Settings } from "../../../settings/settings.ts";
import type { Cluster } from "./cluster.ts";
import { type Finding, type Item, pass, skipped, warn } from "../examination.ts";

/** Longest wait for a page, in milliseconds. */
const patience = 5_000;

/** Whether the names that browsers and GitHub use are known, and the test application answers. */
export function hostItems(settings: Settings, { local }: Cluster): Item[] {
  const { ingress, dashboard, github } = settings;
  const urls = [dashboard.mqttUrl, ...(github.webhook.enabled ? [github.webhook.url] : [])];
  const hosts = [...new Set([ingress.host, ...urls.map((url) => new URL(url).hostname)])];
  const pages = github.repositories.map(({ deployUrl }) => deployUrl).filter((url) => url !== "");
  // No public name leads to a cluster on this machine.
  const here = () => skipped("the cluster is on this machine");
  return [
    ...hosts.map((host): Item => [`DNS ${host}`, local ? here : () => lookAtHost(host)]),
    ...pages.map((url): Item => [`page ${url}`, local ? here : () => lookAtPage(url)]),
  ];
}

async function lookAtHost(host: string): Promise<Finding> {
  try {
    return pass((await lookup(host)).address);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return warn(
      `${host}: expected an address, got none (${code})`,
      "add a DNS record that leads to Traefik; browsers and GitHub's deliveries need it, pulumi up does not",
    );
  }
}

/** The end-to-end test's application, which others deploy. */
async function lookAtPage(url: string): Promise<Finding> {
  const page = `${url.replace(/\/$/, "")}/healthz`;
  const remedy = "deploy it; only the end-to-end test needs it";
  try {
    const answer = await fetchOutside(page, { signal: AbortSignal.timeout(patience) });
    await answer.body?.cancel();
    return answer.ok ? pass(`${page} answers`) : warn(`${page}: expected 200, got ${answer.status}`, remedy);
  } catch (error) {
    const { cause, name } = error as Error & { readonly cause?: { readonly code?: string } };
    return warn(`${page}: expected an answer, got none (${cause?.code ?? name})`, remedy);
  }
}
