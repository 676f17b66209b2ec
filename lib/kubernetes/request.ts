import type { IncomingMessage } from "node:http";
import { ProblemError } from "../text/problem.ts";
import type { Access } from "./login.ts";

/** One request to an API server. */
export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Without the server's part, with the query. */
  readonly path: string;
  readonly body?: unknown;
  /** @default "application/json" */
  readonly contentType?: string;
  /** @default "application/json" */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds without any byte after which it fails. @default 30000 */
  readonly patience?: number;
}

/** An answer of the API server other than 2xx, or none at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** Status of HTTP; undefined where nobody answered, or somebody else than an API server did. */
  readonly status: number | undefined;
  /** Such as NotFound, AlreadyExists, Conflict, Invalid; empty where the answer has none. */
  readonly reason: string;
  /** Kind or resource that the answer is about; undefined where it names none. */
  readonly kind: string | undefined;
  /** For conflicts and invalid fields: what is wrong where. */
  readonly causes: readonly ErrorCause[];

  constructor(message: string, status?: number, answer: StatusObject = {}, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = typeof answer.reason === "string" ? answer.reason : "";
    this.kind = answer.details?.kind;
    this.causes = answer.details?.causes ?? [];
  }

  /** Whether the same request may go through a moment later: nobody answered, or a server that is busy or broken. */
  get isPassing(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }

  /** The same with a message that says what it was about. */
  about(what: string): ApiError {
    const details = { ...(this.kind === undefined ? {} : { kind: this.kind }), causes: this.causes };
    return new ApiError(
      `${what}: ${this.message}`,
      this.status,
      { reason: this.reason, details },
      { cause: this },
    );
  }
}

/**
 * The answer, or the other value where this user may not have it.
 *
 * @throws every other error
 */
export async function unlessForbidden<T, O = undefined>(answer: Promise<T>, otherwise?: O): Promise<T | O> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return otherwise as O;
    throw error;
  }
}

/**
 * The answer, or the error where the same request may go through a moment later: for whoever asks again and again.
 *
 * @throws every other error
 */
export async function unlessPassing<T>(answer: Promise<T>): Promise<T | ApiError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.isPassing) return error;
    throw error;
  }
}

/** Whether the error tells of the cluster or of the way to it, and of no mistake in the code. */
export function isOfCluster(error: unknown): error is ApiError | ProblemError {
  return error instanceof ApiError || error instanceof ProblemError;
}

export interface ErrorCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** Kubernetes' `Status`, as far as it is read. */
interface StatusObject {
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: { readonly kind?: string; readonly causes?: readonly ErrorCause[] };
}

/** Sends the request and reads the answer as JSON. @throws ApiError */
export async function send<T>(access: Access, request: ApiRequest): Promise<T> {
  const response = await open(access, request);
  const status = response.statusCode ?? 0;
  const body = await wholeOf(response, request.signal);
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    if (status < 300) {
      const message = "an answer that is not a Kubernetes API server's";
      throw new ApiError(message, undefined, {}, { cause });
    }
  }
  if (status < 300) return answer as T;
  const said = typeof answer === "object" && answer !== null ? (answer as StatusObject) : {};
  // The server lists conflicts one a line.
  const message =
    typeof said.message === "string" && said.message !== ""
      ? said.message.replaceAll(/\n(- )?/g, " ")
      : `status ${status}`;
  throw new ApiError(message, status, said);
}

/** Lines of an answer that does not end, such as a watch's, until the server or the signal ends it. @throws ApiError */
export async function* lines(access: Access, request: ApiRequest): AsyncGenerator<string> {
  const response = await open(access, request);
  const status = response.statusCode ?? 0;
  if (status >= 300)
    throw new ApiError(
      `status ${status}: ${(await wholeOf(response, request.signal)).slice(0, 200)}`,
      status,
    );
  let rest = "";
  for await (const chunk of response.setEncoding("utf8")) {
    const whole = `${rest}${String(chunk)}`.split("\n");
    rest = whole.pop() ?? "";
    yield* whole;
  }
}

/** The headers of the answer are there, its body is still to come. @throws ApiError */
async function open(access: Access, request: ApiRequest): Promise<IncomingMessage> {
  try {
    return await attempt(access, request);
  } catch (error) {
    // The server may close a kept connection at the moment it is used again. A POST may have been carried out.
    if (!(error instanceof Dropped) || request.method === "POST") throw unreachable(error, request.signal);
  }
  return attempt(access, request).catch((error: unknown) => {
    throw unreachable(error, request.signal);
  });
}

/** A connection that was used before, and ended without an answer. */
class Dropped extends Error {}

async function attempt(access: Access, request: ApiRequest): Promise<IncomingMessage> {
  const url = `${access.server}${request.path}`;
  const library = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  const { method = "GET", accept = "application/json", contentType = "application/json", signal } = request;
  const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const headers = {
    "user-agent": "mesh-six",
    ...(access.options.headers as Record<string, string | string[]>),
    accept,
    ...(payload === undefined
      ? {}
      : { "content-type": contentType, "content-length": String(payload.length) }),
  };
  const timeout = request.patience ?? 30_000;
  return new Promise((resolve, reject) => {
    const outgoing = library.request(
      url,
      { ...access.options, method, headers, timeout, ...(signal === undefined ? {} : { signal }) },
      resolve,
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    outgoing.on("error", (cause: NodeJS.ErrnoException) => {
      const dropped = outgoing.reusedSocket && ["ECONNRESET", "EPIPE"].includes(cause.code ?? "");
      reject(dropped ? new Dropped(cause.message, { cause }) : cause);
    });
    outgoing.end(payload);
  });
}

async function wholeOf(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw unreachable(error, signal);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function unreachable(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return new ApiError(reasonOf(error), undefined, {}, { cause: error });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
}
