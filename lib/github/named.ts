/**
 * The name of a request in messages: `POST /orgs/bto-labs/hooks` for a route, and for a document of GraphQL its
 * operation with the repository or owner that it is about, as in `SeedRepository of bto-labs/gwa-test-app`.
 */
export function named(request: string, parameters: Readonly<Record<string, unknown>>): string {
  if (/^[A-Z]+ \//.test(request)) {
    return request.replaceAll(/\{\+?(\w+)\}/g, (whole, name: string) => text(parameters[name]) ?? whole);
  }
  const operation = /\b(?:query|mutation)\s+(\w+)/.exec(request)?.[1] ?? "GraphQL request";
  const subject = subjectOf(parameters);
  return subject === undefined ? operation : `${operation} of ${subject}`;
}

function subjectOf(parameters: Readonly<Record<string, unknown>>): string | undefined {
  const owner = text(parameters["owner"]) ?? text(parameters["login"]);
  const name = text(parameters["repository"]) ?? text(parameters["repo"]) ?? text(parameters["name"]);
  const whole = text(parameters["repositoryNameWithOwner"]) ?? (name?.includes("/") ? name : undefined);
  if (whole !== undefined) return whole;
  if (owner !== undefined) return name === undefined ? owner : `${owner}/${name}`;
  for (const inner of Object.values(parameters)) {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) continue;
    const found = subjectOf(inner as Readonly<Record<string, unknown>>);
    if (found !== undefined) return found;
  }
  return undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
