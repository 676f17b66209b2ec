import type { Context } from "../../../lib/kubernetes/kubeconfig.ts";
import { type Access, logIn } from "../../../lib/kubernetes/login.ts";
import { ApiError, type ApiRequest, send } from "../../../lib/kubernetes/request.ts";
import { objectAt, type Properties, type Value } from "../protocol/values.ts";

export { ApiError };

export interface Request extends ApiRequest {
  readonly body?: Value;
  readonly signal: AbortSignal;
}

/** Milliseconds: longer than an API server gives itself for an answer. */
const patience = 90_000;

/** A client of one API server: JSON in and out, connections kept. */
export class Client {
  readonly context: Context;
  #access: Promise<Access> | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** @throws ApiError, or one line about an API server that cannot be reached */
  async request(request: Request): Promise<Properties> {
    this.#access ??= logIn(this.context);
    const access = await this.#access;
    try {
      return objectAt(await send<Value>(access, { patience, ...request }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== undefined) throw error;
      const { name, server } = this.context;
      throw new Error(
        `The Kubernetes API server ${server} (context ${name}) cannot be reached: ${error.message}. Start it, or correct kubeconfig.`,
        { cause: error },
      );
    }
  }
}
