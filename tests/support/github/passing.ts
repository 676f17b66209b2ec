import { graphql, make, read, type Recorded, rest, seed, tag, view } from "./answers.ts";

const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0" };
const unicorn = "<!DOCTYPE html>\n<html><body><h1>Unicorn!</h1></body></html>";
const page = { "content-type": "text/html; charset=utf-8" };

/** Answers that pass by themselves, or are read back: the create goes on. */
export const passing: readonly Recorded[] = [
  {
    what: "a limit with retry-after",
    at: read,
    action: rest(429, "Too Many Requests", { "retry-after": "0" }),
  },
  { what: "a secondary limit", at: make, action: rest(403, "You have exceeded a secondary rate limit.") },
  {
    what: "a secondary limit with status 200",
    at: seed,
    action: graphql("RATE_LIMITED", "You have exceeded a secondary rate limit."),
  },
  {
    what: "abuse detection",
    at: view,
    action: rest(403, "You have triggered an abuse detection mechanism."),
  },
  {
    what: "a primary limit, in GraphQL",
    at: read,
    action: {
      kind: "answer",
      status: 200,
      headers: reset,
      body: { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded for user ID 1." }] },
    },
  },
  { what: "a primary limit, in REST", at: view, action: rest(403, "API rate limit exceeded", reset) },
  { what: "an error of the server's", at: read, action: rest(500, "Server Error") },
  {
    what: "a page of HTML with 502",
    at: read,
    action: { kind: "answer", status: 502, headers: page, body: unicorn },
  },
  { what: "a service that is down", at: tag, action: rest(503, "Service unavailable") },
  {
    what: "a query that took too long",
    at: read,
    action: graphql(
      undefined,
      "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug.",
    ),
  },
  { what: "a page of HTML with 200", at: seed, action: { kind: "spoil", as: "html" } },
  { what: "JSON that is cut, of a look", at: read, action: { kind: "spoil", as: "cut" } },
  { what: "JSON that is cut, of a change", at: make, action: { kind: "spoil", as: "cut" } },
  { what: "an empty answer", at: tag, action: { kind: "answer", status: 200, body: "" } },
  { what: "no data and no error", at: read, action: { kind: "answer", status: 200, body: {} } },
  { what: "a list instead of an object", at: read, action: { kind: "answer", status: 200, body: "[]" } },
  { what: "a connection that is cut", at: seed, action: { kind: "drop" } },
  { what: "an answer that is lost", at: tag, action: { kind: "drop", after: true } },
];
