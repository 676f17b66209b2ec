import process from "node:process";
import type { Dispatcher, RequestInit as ProxiedInit } from "undici";
import { isUntrusted, trustSystem } from "./certificates.ts";
import { ProblemError } from "../text/problem.ts";
import { type NamedProxy, proxyFor } from "./proxy.mjs";

/** Options of a request besides those of `fetch`. */
export interface OutsideInit extends RequestInit {
  /** Authorities that count instead of the machine's, in PEM. */
  readonly certificates?: string | undefined;
}

/** No connection can be made by the proxy that the environment names, however often it is tried. */
export class ProxyError extends ProblemError {
  override readonly name = "ProxyError";
}

/** The makers of connections, by proxy and authorities. */
const dispatchers = new Map<string, Dispatcher>();

/**
 * `fetch` to the world outside: by the proxy that the environment names, and with the authorities of the system's
 * store where Node's own do not know the certificate. Node's `fetch` does neither by itself; Pulumi's plugins do
 * both. Requests to a cluster's API server do not come this way.
 */
export async function fetchOutside(address: string | URL, init: OutsideInit = {}): Promise<Response> {
  try {
    return await attempt(address, init);
  } catch (error) {
    // A request that fails so was never sent: asking again is safe, whatever is asked.
    if (init.certificates !== undefined || !isUntrusted(error) || !trustSystem()) throw error;
    for (const dispatcher of dispatchers.values()) void dispatcher.close();
    dispatchers.clear();
    return attempt(address, init);
  }
}

async function attempt(address: string | URL, given: OutsideInit): Promise<Response> {
  const { certificates, ...init } = given;
  const proxy = namedProxy(address);
  if (proxy === undefined && certificates === undefined) return fetch(address, init);
  // Loaded only where it is needed: it takes longer to load than all else here.
  const { Agent, fetch: own, ProxyAgent } = await import("undici");
  const key = JSON.stringify([proxy?.url, certificates]);
  const tls = certificates === undefined ? {} : { ca: certificates };
  const dispatcher =
    dispatchers.get(key) ??
    (proxy === undefined ? new Agent({ connect: tls }) : new ProxyAgent({ uri: proxy.url, requestTls: tls }));
  dispatchers.set(key, dispatcher);
  try {
    // In types alone undici differs from the one that Node brings.
    return await own(address, { ...(init as unknown as ProxiedInit), dispatcher });
  } catch (error) {
    if (proxy === undefined) throw error;
    const said = reasons(error);
    // The proxy looks for the host: what is not found or does not answer is the proxy itself.
    const unreachable = /(?:connect|getaddrinfo) E[A-Z_]+(?: \S+)?/.exec(said)?.[0];
    if (unreachable !== undefined)
      throw new Error(`the proxy of ${proxy.variable} does not answer: ${unreachable}`, { cause: error });
    const answered = /Proxy response \((\d+)\)/.exec(said)?.[1];
    if (answered === undefined) throw error;
    const remedy =
      answered === "407"
        ? `put user and password into ${proxy.variable}, as in http://USER:PASSWORD@HOST:PORT`
        : `let it connect to ${new URL(address).host}, or name that host in NO_PROXY`;
    const refusal = `the proxy of ${proxy.variable} answered ${answered}`;
    throw new ProxyError({ said: refusal, remedy }, { cause: error });
  }
}

/** @throws ProxyError where the environment names one that cannot be used */
function namedProxy(address: string | URL): NamedProxy | undefined {
  try {
    return proxyFor(address, process.env);
  } catch (error) {
    throw new ProxyError({ said: (error as Error).message, remedy: "" }, { cause: error });
  }
}

/** The messages of an error and of all that caused it. */
function reasons(error: unknown): string {
  return error instanceof Error ? `${error.message} ${reasons(error.cause)}` : "";
}
