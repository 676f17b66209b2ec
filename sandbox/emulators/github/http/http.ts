/** Requests and answers as the emulator's parts see them. */
import type { Actor } from "./tokens.ts";

export interface Incoming {
  readonly method: string;
  /** Path without /api/v3, percent-encoded as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Undefined: no token was sent. */
  readonly actor: Actor | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const documentation = "https://docs.github.com/rest";

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

export const noContent: Reply = { status: 204, headers: {}, body: "" };

/** GitHub's error body: a message, and where the matter is documented. */
export function failure(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { message, documentation_url: documentation, status: String(status) }, headers);
}

export interface FieldError {
  readonly resource: string;
  readonly code: "custom" | "missing_field" | "invalid" | "already_exists";
  readonly field?: string;
  readonly message?: string;
}

/** The 422 GitHub answers with when the request is understood but its values are not accepted. */
export function invalid(errors: readonly FieldError[], message = "Validation Failed"): Reply {
  return json(422, { message, errors, documentation_url: documentation, status: "422" });
}

export const notFound = (): Reply => failure(404, "Not Found");

/** The body as an object; undefined if it is not JSON or not an object. An empty body is an empty object. */
export function objectBody(body: Buffer): Record<string, unknown> | undefined {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** One page of a list, with GitHub's Link header. `page` counts from 1, `per_page` is 30 and at most 100. */
export function page(request: Incoming, url: string, list: readonly unknown[]): Reply {
  const number = (name: string, fallback: number): number => {
    const value = Number(request.query.get(name) ?? fallback);
    return Number.isInteger(value) && value > 0 ? value : fallback;
  };
  const size = Math.min(number("per_page", 30), 100);
  const current = number("page", 1);
  const last = Math.max(1, Math.ceil(list.length / size));
  const link = (to: number, relation: string): string =>
    `<${url}?per_page=${size}&page=${to}>; rel="${relation}"`;
  const links = [
    ...(current > 1 ? [link(1, "first"), link(current - 1, "prev")] : []),
    ...(current < last ? [link(current + 1, "next"), link(last, "last")] : []),
  ];
  return json(
    200,
    list.slice((current - 1) * size, current * size),
    links.length > 0 ? { link: links.join(", ") } : {},
  );
}
