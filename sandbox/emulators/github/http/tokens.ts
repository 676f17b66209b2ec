/** The user and the rights of a token. Tokens themselves are compared, never kept in answers or logs. */
import { createHash, timingSafeEqual } from "node:crypto";

export type Level = "read" | "write" | "admin";

export interface TokenSettings {
  readonly login: string;
  /** A classic token's scopes. @default every scope this project needs */
  readonly scopes?: readonly string[];
  /** Makes it a fine-grained token: its permissions by GitHub's names, e.g. `{"organization_hooks": "write"}`. */
  readonly permissions?: Readonly<Record<string, Level>>;
}

export interface Actor {
  readonly login: string;
  /** Undefined for a fine-grained token. */
  readonly scopes: readonly string[] | undefined;
  /** Undefined for a classic token. */
  readonly permissions: Readonly<Record<string, Level>> | undefined;
}

const everyScope = [
  "repo",
  "workflow",
  "project",
  "admin:org",
  "admin:org_hook",
  "admin:repo_hook",
  "delete_repo",
  "user",
];

/** The scopes that a classic scope includes (docs.github.com, "Scopes for OAuth apps"). */
const implied: Readonly<Record<string, readonly string[]>> = {
  repo: ["public_repo", "repo:status", "repo_deployment", "repo:invite", "security_events"],
  project: ["read:project"],
  "admin:org": ["write:org", "read:org"],
  "write:org": ["read:org"],
  "admin:repo_hook": ["write:repo_hook", "read:repo_hook"],
  "write:repo_hook": ["read:repo_hook"],
};

export class Tokens {
  private readonly known: readonly { readonly digest: Buffer; readonly actor: Actor }[];

  constructor(tokens: Readonly<Record<string, TokenSettings>>) {
    this.known = Object.entries(tokens).map(([token, { login, scopes, permissions }]) => ({
      digest: digestOf(token),
      actor: { login, permissions, scopes: permissions ? undefined : (scopes ?? everyScope) },
    }));
  }

  /** The actor of an Authorization header; undefined without one; "unknown" for a token that is not ours. */
  actorOf(authorization: string | undefined): Actor | undefined | "unknown" {
    if (authorization === undefined) return undefined;
    const [, scheme = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
    const token =
      scheme.toLowerCase() === "basic"
        ? Buffer.from(rest, "base64")
            .toString("utf8")
            .replace(/^[^:]*:/, "")
        : rest.trim();
    const digest = digestOf(token);
    return this.known.find((entry) => timingSafeEqual(entry.digest, digest))?.actor ?? "unknown";
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Whether a classic token holds one of the scopes, by itself or within a larger one. */
export function hasScope(actor: Actor, accepted: readonly string[]): boolean {
  const held = new Set(actor.scopes);
  for (const scope of held) implied[scope]?.forEach((more) => held.add(more));
  return accepted.length === 0 || accepted.some((scope) => held.has(scope));
}

const ranks: Readonly<Record<Level, number>> = { read: 1, write: 2, admin: 3 };

/** Whether a fine-grained token holds the permission at this level or a higher one. */
export function hasPermission(actor: Actor, name: string, level: Level): boolean {
  const held = actor.permissions?.[name];
  return name === "metadata"
    ? actor.permissions !== undefined
    : held !== undefined && ranks[held] >= ranks[level];
}
