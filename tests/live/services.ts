import { fetchOutside } from "../../lib/network/fetch.ts";
import type { Cluster } from "./cluster.ts";
import { isReady } from "./cluster.ts";
import { CheckFailure } from "./check.ts";
import type { Forwarded } from "./forward.ts";
import { rootMessage } from "./values.ts";

/** An answer of one of the system's services. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The text read as JSON; undefined where it is none. */
  readonly json: unknown;
}

export interface Question {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  /** The limit of the wait for the answer, in seconds. @default 30 */
  readonly patience?: number;
}

/** The system's services by name, through the cluster or, where services can be reached directly, by URL. */
export class Services {
  readonly #cluster: Cluster;
  readonly #url: string;
  readonly #signal: AbortSignal;

  /**
   * @param url - an address with `{service}` in it, or empty for port-forwards to pods
   * @param signal - of an interruption: nothing is waited for any more
   */
  constructor(cluster: Cluster, url: string, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#signal = signal;
    this.#url = url.replace(/\/+$/, "");
  }

  /** Address of a service, without a path. */
  async address(service: string): Promise<string> {
    return (await this.#reach(service)).url;
  }

  /** @throws CheckFailure that names the service when it does not answer at all */
  async ask(service: string, question: Question): Promise<Answer> {
    const { method = question.body === undefined ? "GET" : "POST", path, patience = 30 } = question;
    const { url, trouble } = await this.#reach(service);
    const begin = performance.now();
    try {
      const response = await fetchOutside(`${url}${path}`, {
        method,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(patience * 1000)]),
        ...(question.body === undefined
          ? {}
          : { body: JSON.stringify(question.body), headers: { "content-type": "application/json" } }),
      });
      const text = await response.text();
      return { status: response.status, text, json: parsed(text) };
    } catch (cause) {
      const late = cause instanceof Error && cause.name === "TimeoutError";
      const reason = trouble(begin) || (late ? `no answer within ${String(patience)} s` : rootMessage(cause));
      throw new CheckFailure(`${service} did not answer ${method} ${path}: ${reason}`, {
        services: [service],
        cause,
      });
    }
  }

  async #reach(service: string): Promise<Pick<Forwarded, "url" | "trouble">> {
    if (this.#url !== "") return { url: this.#url.replaceAll("{service}", service), trouble: () => "" };
    const { pods, port } = await this.#cluster.podsOf(service);
    const pod = pods.find(isReady);
    if (pod === undefined) {
      throw new CheckFailure(
        `${service} has no pod that is ready (${String(pods.length)} in namespace ${this.#cluster.namespace})`,
        { services: [service] },
      );
    }
    return this.#cluster.forward(pod.metadata?.name ?? "", port);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
