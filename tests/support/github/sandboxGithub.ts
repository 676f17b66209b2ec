import { boardSeen } from "./boards.ts";
import { contentsSeen } from "./contents.ts";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Fault } from "../../../sandbox/emulators/github/http/faults.ts";
import type { LoggedRequest } from "../../../sandbox/emulators/github/http/requestLog.ts";
import type { GitHubRoute } from "./testGitHub.ts";
import type { OperationDocument, TestSandbox } from "../engine/sandbox.ts";

/** A delivery as the sandbox's receiver has logged it. */
export interface ReceivedDelivery {
  readonly event: string;
  readonly path: string;
  readonly signature: "valid" | "invalid" | "not judged";
}

/** The GitHub of a sandbox, asked as a person would and not as the program does. */
export interface SandboxGitHub extends GitHubRoute {
  /** The requests of others than this object since the last call. */
  requests(): Promise<readonly LoggedRequest[]>;
  /** Sets the requests that a user has in an hour. */
  limit(hourly: number): Promise<void>;
  faults(faults: readonly Fault[]): Promise<void>;
  /** Faults that have not struck yet. */
  pendingFaults(): Promise<readonly Fault[]>;
  /** By its owners in the browser; `owner` stays that of the start. */
  renameOrganization(from: string, to: string): Promise<void>;
  /** The receiver's deliveries, once all under way were made. */
  deliveries(): Promise<readonly ReceivedDelivery[]>;
}

const userAgent = "mesh-six-test";

/** @param sandbox - with its services started */
export async function githubOf(sandbox: TestSandbox): Promise<SandboxGitHub> {
  const { githubUrl: url } = await sandbox.status();
  const credentials = JSON.parse(readFileSync(join(sandbox.directory, "credentials.json"), "utf8")) as {
    readonly githubToken: string;
    readonly generated: Readonly<Record<string, string>>;
  };
  const send = async (path: string, token: string, method: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "user-agent": userAgent,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
  const control = (method: string, path: string, body?: unknown) =>
    send(`/_emulator/${path}`, credentials.generated["github-control"] ?? "", method, body);
  return {
    owner: "bto-labs",
    async graphql<T>(query: string, variables = {}) {
      const answer = await send("/api/graphql", credentials.githubToken, "POST", { query, variables });
      const { data, errors } = answer as { data: T; errors?: readonly { message: string }[] };
      if (errors) throw new Error(errors.map(({ message }) => message).join("; "));
      return data;
    },
    rest: <T>(method: string, path: string, body?: unknown) =>
      send(`/api/v3${path}`, credentials.githubToken, method, body) as Promise<T>,
    async requests() {
      const log = (await control("GET", "requests")) as readonly LoggedRequest[];
      await control("DELETE", "requests");
      return log.filter((request) => request.userAgent !== userAgent);
    },
    limit: async (hourly) => void (await control("PUT", "limit", hourly)),
    faults: async (faults) => void (await control("PUT", "faults", faults)),
    pendingFaults: async () => (await control("GET", "faults")) as readonly Fault[],
    renameOrganization: async (from, to) => void (await control("POST", "rename", { from, to })),
    async deliveries() {
      await control("POST", "settle");
      return readFileSync(join(sandbox.directory, "logs/receiver.log"), "utf8")
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as ReceivedDelivery);
    },
  };
}

export interface Hook {
  readonly id: number;
  readonly events: readonly string[];
  readonly config: { readonly url: string; readonly content_type: string; readonly insecure_ssl: string };
}

/** The organization's webhooks. */
export const hooksOf = (github: GitHubRoute) => github.rest<readonly Hook[]>("GET", "/orgs/bto-labs/hooks");

/**
 * An operation's requests to GitHub, by method and path. Not counted: whether the organization is there, which the
 * sandbox asks to see that its GitHub runs, and the official plugin when it is configured.
 */
export async function askedBy(
  github: SandboxGitHub,
  operation: () => Promise<unknown>,
): Promise<readonly string[]> {
  await github.requests();
  await operation();
  return (await github.requests())
    .filter(({ path }) => path !== "/api/v3/orgs/bto-labs")
    .map(({ method, path, operations }) => [method, path, ...operations].join(" "));
}

/** An operation that has to fail; what its errors say. */
export async function refused(sandbox: TestSandbox, ...args: string[]): Promise<string> {
  const { code, stdout } = await sandbox.run([...args, "--json"]);
  if (code === 0) throw new Error(`${args.join(" ")} succeeded`);
  const { diagnostics } = JSON.parse(stdout) as OperationDocument;
  return diagnostics.map(({ resource, message }) => `${resource}: ${message}`).join("\n");
}

/** An entry of `mesh-six:repositories`. */
export interface Entry {
  readonly name: string;
  readonly template?: string;
  readonly adopt?: boolean;
}

/** The repositories a sandbox's stack declares. */
export function entriesOf(sandbox: TestSandbox): readonly Entry[] {
  const entries = readSettings(sandbox).config["mesh-six:repositories"];
  return (typeof entries === "string" ? JSON.parse(entries) : entries) as readonly Entry[];
}

/** Changes plain settings of the sandbox's stack; `a.b` is the entry b of a structure a. */
export function changeSettings(sandbox: TestSandbox, settings: Readonly<Record<string, unknown>>): void {
  const file = readSettings(sandbox);
  for (const [name, value] of Object.entries(settings)) {
    const [first = "", inner] = name.split(".");
    const key = `mesh-six:${first}`;
    file.config[key] = inner === undefined ? value : { ...(file.config[key] as object), [inner]: value };
  }
  writeFileSync(join(sandbox.directory, "Pulumi.sandbox.yaml"), stringify(file));
}

function readSettings(sandbox: TestSandbox): { config: Record<string, unknown> } {
  const text = readFileSync(join(sandbox.directory, "Pulumi.sandbox.yaml"), "utf8");
  return parse(text) as { config: Record<string, unknown> };
}

/** A repository and its board as people see them. */
export async function repositorySeen(github: SandboxGitHub, name: string) {
  const path = `/repos/bto-labs/${name}`;
  const { description, default_branch, has_wiki } = await github.rest<Record<string, unknown>>("GET", path);
  return {
    repository: { description, default_branch, has_wiki },
    contents: await contentsSeen(github, `bto-labs/${name}`),
    board: await boardSeen(github, `${name} Workflow`),
  };
}
