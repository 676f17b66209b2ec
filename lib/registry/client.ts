import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as tls from "node:tls";
import { fetchOutside, ProxyError } from "../network/fetch.ts";
import type { Credentials } from "./credentials.ts";

/** The access to a container registry. */
export interface RegistryAccess {
  readonly credentials?: Credentials | undefined;
  /** Path of further certificates that are trusted, in PEM. */
  readonly certificates?: string | undefined;
}

/** One request about a repository. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** The part after `/v2/REPOSITORY/`, or a whole path as the registry gives it for an upload. */
  readonly path: string;
  readonly body?: Buffer;
  /** Type of the body. */
  readonly type?: string;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Every form in which a manifest may be stored; a registry answers with one of those that are accepted. */
const manifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** A person's next step, by the status that a registry refuses with. */
const remedies: Readonly<Record<number, string>> = {
  401: "give a login (docker login without a credential helper, or --registry-config FILE)",
  403: "give a login that may pull this image (docker login, or --registry-config FILE)",
  429: "wait until its limit allows more, or give a login",
};

/** Longest wait for an answer, in milliseconds. */
const limit = 30_000;

/** A container registry, by the HTTP API of the OCI distribution specification. */
export class Registry {
  readonly #host: string;
  readonly #access: RegistryAccess;
  readonly #certificates: string | undefined;
  /** By repository: the Authorization header that the registry took. */
  readonly #authorizations = new Map<string, string>();

  /** @param host - name and port, as in an image's name. Plain HTTP is spoken with this machine's own addresses. */
  constructor(host: string, access: RegistryAccess = {}) {
    this.#host = host;
    this.#access = access;
    this.#certificates =
      access.certificates === undefined
        ? undefined
        : [...tls.getCACertificates("default"), certificatesIn(access.certificates)].join("\n");
  }

  /**
   * The digest of a tag, or of a digest that is there.
   *
   * @returns undefined where the registry has no such image
   * @throws Error in one line when the registry refuses or cannot be reached
   */
  async digest(repository: string, reference: string): Promise<string | undefined> {
    const answer = await this.send(repository, { method: "HEAD", path: `manifests/${reference}` });
    if (answer.status === 404) return undefined;
    if (answer.status === 200) {
      const told = answer.headers["docker-content-digest"];
      if (told !== undefined) return told;
      // The header may be left out: a digest is the hash of the manifest.
      const { status, body } = await this.send(repository, { method: "GET", path: `manifests/${reference}` });
      if (status === 200) return `sha256:${createHash("sha256").update(body).digest("hex")}`;
    }
    const remedy = remedies[answer.status] ?? "see the registry's log";
    throw new Error(
      `${this.#host}/${repository}:${reference}: expected the registry to tell the digest, got status ${String(answer.status)}; ${remedy}`,
    );
  }

  /**
   * Asks with the login that the registry wants; whether the answer is a good one is for the caller to see.
   *
   * @throws Error in one line when the registry cannot be reached
   */
  async send(repository: string, request: RegistryRequest): Promise<RegistryAnswer> {
    const known = this.#authorizations.get(repository);
    const first = await this.#request(repository, request, known);
    const challenge = first.headers["www-authenticate"];
    if (first.status !== 401 || challenge === undefined) return first;
    const authorization = await this.#answerTo(challenge, repository);
    if (authorization === undefined) return first;
    this.#authorizations.set(repository, authorization);
    return this.#request(repository, request, authorization);
  }

  async #answerTo(challenge: string, repository: string): Promise<string | undefined> {
    const { credentials } = this.#access;
    const basic =
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
    if (/^basic/i.test(challenge)) return basic;
    const fields = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    ) as { realm?: string; service?: string; scope?: string };
    if (fields.realm === undefined) return undefined;
    const url = new URL(fields.realm);
    if (fields.service !== undefined) url.searchParams.set("service", fields.service);
    url.searchParams.set("scope", fields.scope ?? `repository:${repository}:pull`);
    const { status, body } = await this.#fetch(url, { method: "GET", path: "" }, basic);
    if (status !== 200) return undefined;
    const { token, access_token: other } = tokenIn(body);
    return token === undefined && other === undefined ? undefined : `Bearer ${token ?? other ?? ""}`;
  }

  #request(
    repository: string,
    request: RegistryRequest,
    authorization: string | undefined,
  ): Promise<RegistryAnswer> {
    const scheme = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(this.#host) ? "http" : "https";
    const { path } = request;
    const whole = /^(\/|https?:)/.test(path) ? path : `/v2/${repository}/${path}`;
    return this.#fetch(new URL(whole, `${scheme}://${this.#host}`), request, authorization);
  }

  async #fetch(
    url: URL,
    { method, body, type }: RegistryRequest,
    authorization: string | undefined,
  ): Promise<RegistryAnswer> {
    try {
      const response = await fetchOutside(url, {
        method,
        headers: {
          accept: manifests,
          ...(authorization === undefined ? {} : { authorization }),
          ...(type === undefined ? {} : { "content-type": type }),
        },
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
        signal: AbortSignal.timeout(limit),
        certificates: this.#certificates,
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      };
    } catch (cause) {
      throw new Error(
        `registry ${this.#host}: expected an answer, got ${reasonOf(cause)}; check the name, the network, and its certificate (--ca FILE)`,
        { cause },
      );
    }
  }
}

/** The token in a token service's answer; nothing where the answer is no JSON. */
function tokenIn(body: string): { readonly token?: string; readonly access_token?: string } {
  try {
    return JSON.parse(body) as { token?: string; access_token?: string };
  } catch {
    return {};
  }
}

function certificatesIn(file: string): string {
  const remedy = "give a file of certificates in PEM";
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code = "an error" } = cause as NodeJS.ErrnoException;
    throw new Error(`--ca ${file}: expected to read it, got ${code}; ${remedy}`, { cause });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new Error(`--ca ${file}: expected certificates in PEM, got none; ${remedy}`);
}

/** The innermost code or words of what went wrong: fetch itself only says "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `none within ${String(limit / 1000)} s`;
  if (error instanceof ProxyError) return error.message;
  if (error.cause !== undefined) return reasonOf(error.cause);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
