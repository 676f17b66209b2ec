/** Sends hook deliveries: signed, one after the other for each hook, and only to where the host map says. */
import { createHmac, randomUUID } from "node:crypto";
import type { Delivery, Hook, Rows } from "./rows.ts";
import type { Seal } from "./seal.ts";

/** Public host → origin of a local receiver, e.g. `{"mesh-six.bto.bar": "http://127.0.0.1:8080"}`. */
export type HostMap = Readonly<Record<string, string>>;

const kept = 100;
const answerWithin = 10_000;

export class Deliveries {
  private readonly rows: Rows;
  private readonly hosts: () => HostMap;
  private readonly seal: Seal;
  private readonly changed: () => void;
  private readonly queues = new Map<number, Promise<void>>();

  /** @param changed called when a delivery was recorded */
  constructor(rows: Rows, hosts: () => HostMap, seal: Seal, changed: () => void) {
    this.rows = rows;
    this.seal = seal;
    this.hosts = hosts;
    this.changed = changed;
  }

  /** Queues one event for one hook; returns before it is sent, as GitHub does. */
  send(
    hook: Hook,
    event: string,
    action: string | undefined,
    payload: unknown,
    redeliveryOf?: Delivery,
  ): void {
    const before = this.queues.get(hook.id) ?? Promise.resolve();
    const next = before
      .then(() => this.deliver(hook.id, event, action ?? null, payload, redeliveryOf))
      // One that cannot be made, as where the key of the secret is gone, must not end the emulator.
      .catch((error: unknown) => {
        process.stderr.write(`delivery of ${event} to hook ${String(hook.id)}: ${String(error)}\n`);
      });
    this.queues.set(hook.id, next);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.queues.values());
  }

  private async deliver(
    hookId: number,
    event: string,
    action: string | null,
    payload: unknown,
    again: Delivery | undefined,
  ): Promise<void> {
    const hook = this.rows.hooks.get(hookId);
    if (!hook) return; // deleted while it waited
    const guid = again?.guid ?? randomUUID();
    const text = JSON.stringify(payload);
    const body = hook.content_type === "json" ? text : new URLSearchParams({ payload: text }).toString();
    const secret = hook.secret === null ? undefined : this.seal.open(hook.secret);
    const headers = headersOf(hook, secret, event, guid, body);
    const started = performance.now();
    const outcome = await this.post(hook, headers, body);
    if (!this.rows.hooks.get(hookId)) return;
    this.rows.deliveries.insert({
      hook_id: hook.id,
      guid,
      event,
      action,
      delivered_at: new Date().toISOString(),
      duration: Math.round(performance.now() - started) / 1000,
      status: outcome.status,
      status_code: outcome.code,
      redelivery: again !== undefined,
      request: { headers, payload },
      response: { headers: outcome.headers, payload: outcome.body },
    });
    const older = this.rows.deliveries.findBy("hook_id", hook.id).slice(0, -kept);
    for (const delivery of older) this.rows.deliveries.delete(delivery.id);
    this.changed();
  }

  private async post(
    hook: Hook,
    headers: Record<string, string>,
    body: string,
  ): Promise<{ status: string; code: number; headers: Record<string, string>; body: string | null }> {
    const url = new URL(hook.url);
    const receiver = this.hosts()[url.host];
    const failed = { status: "failed to connect to host", code: 502, headers: {}, body: null };
    if (receiver === undefined) return failed; // never out to the public host itself
    try {
      const response = await fetch(new URL(url.pathname + url.search, receiver), {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(answerWithin),
      });
      const text = await response.text();
      return {
        status: response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`,
        code: response.status,
        headers: Object.fromEntries(response.headers),
        body: text.slice(0, 10_000),
      };
    } catch (error) {
      const late = error instanceof Error && error.name === "TimeoutError";
      return late ? { ...failed, status: "timed out", code: 504 } : failed;
    }
  }
}

function headersOf(
  hook: Hook,
  secret: string | undefined,
  event: string,
  guid: string,
  body: string,
): Record<string, string> {
  return {
    Accept: "*/*",
    "content-type": hook.content_type === "json" ? "application/json" : "application/x-www-form-urlencoded",
    "User-Agent": "GitHub-Hookshot/sandbox",
    "X-GitHub-Delivery": guid,
    "X-GitHub-Event": event,
    "X-GitHub-Hook-ID": String(hook.id),
    "X-GitHub-Hook-Installation-Target-ID": String(hook.org_id ?? hook.repo_id),
    "X-GitHub-Hook-Installation-Target-Type": hook.org_id === null ? "repository" : "organization",
    ...(secret === undefined
      ? {}
      : {
          "X-Hub-Signature": `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`,
          "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
        }),
  };
}
