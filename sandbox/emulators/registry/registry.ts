import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { digestOf, isDigest, MissingContentError, Store } from "./store.ts";

export interface RegistryOptions {
  /** Folder for all data. */
  readonly folder: string;
  /** The user that is allowed to pull and push. */
  readonly login: { readonly username: string; readonly password: string };
}

const api = { "docker-distribution-api-version": "registry/2.0" };

/** A container registry: the HTTP API of the OCI distribution specification, behind a login. */
export function registryServer({ folder, login }: RegistryOptions): Server {
  const store = new Store(folder);
  const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  return createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      refuse(response, 500, "UNKNOWN", error instanceof Error ? error.message : String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (request.headers.authorization !== expected) {
      response.setHeader("www-authenticate", 'Basic realm="sandbox"');
      return refuse(response, 401, "UNAUTHORIZED", "a login is needed");
    }
    const url = new URL(request.url ?? "/", "http://registry");
    if (url.pathname === "/v2/") return end(response, 200);
    const [, repository = "", kind = "", reference = ""] =
      /^\/v2\/([a-z0-9][a-z0-9._/-]*)\/(blobs\/uploads|blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? [];
    const call: Call = {
      method: request.method ?? "GET",
      repository,
      reference: decodeURIComponent(reference),
      digest: url.searchParams.get("digest") ?? "",
      type: request.headers["content-type"] ?? "",
      body,
    };
    if (kind === "blobs/uploads") return uploads(store, call, response);
    if (kind === "blobs") return blobs(store, call, response);
    if (kind === "manifests") return manifests(store, call, response);
    if (kind === "tags" && reference === "list") {
      const tags = store.tags(repository);
      if (tags === undefined) return refuse(response, 404, "NAME_UNKNOWN", repository);
      return end(
        response,
        200,
        { "content-type": "application/json" },
        JSON.stringify({ name: repository, tags }),
      );
    }
    refuse(response, 404, "NAME_UNKNOWN", url.pathname);
  }
}

interface Call {
  readonly method: string;
  readonly repository: string;
  /** Digest or tag; of an upload its name. */
  readonly reference: string;
  /** The `digest` in the query. */
  readonly digest: string;
  readonly type: string;
  readonly body: Buffer;
}

function uploads(store: Store, call: Call, response: ServerResponse): void {
  const { method, repository, digest, body } = call;
  const place = (name: string) => ({ location: `/v2/${repository}/blobs/uploads/${name}` });
  if (method === "POST" && digest === "") {
    const name = store.beginUpload();
    return end(response, 202, { ...place(name), range: "0-0" });
  }
  if (method !== "POST" && method !== "PATCH" && method !== "PUT")
    return refuse(response, 405, "UNSUPPORTED", method);
  const name = method === "POST" ? store.beginUpload() : call.reference;
  const size = store.addToUpload(name, body);
  if (size === undefined) return refuse(response, 404, "BLOB_UPLOAD_UNKNOWN", name);
  if (method === "PATCH")
    return end(response, 202, { ...place(name), range: `0-${String(Math.max(0, size - 1))}` });
  if (!isDigest(digest) || !store.endUpload(name, digest))
    return refuse(response, 400, "DIGEST_INVALID", "the content has another digest");
  end(response, 201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
}

function blobs(store: Store, { method, reference }: Call, response: ServerResponse): void {
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405, "UNSUPPORTED", method);
  const content = store.blob(reference);
  if (content === undefined) return refuse(response, 404, "BLOB_UNKNOWN", reference);
  const headers = { "content-type": "application/octet-stream", "docker-content-digest": reference };
  end(response, 200, headers, content);
}

function manifests(store: Store, call: Call, response: ServerResponse): void {
  const { method, repository, reference, type, body } = call;
  if (method === "PUT") {
    if (isDigest(reference) && digestOf(body) !== reference)
      return refuse(response, 400, "DIGEST_INVALID", `the content has digest ${digestOf(body)}`);
    let digest: string;
    try {
      digest = store.putManifest(repository, reference, type, body);
    } catch (error) {
      if (error instanceof MissingContentError)
        return refuse(response, 400, "MANIFEST_BLOB_UNKNOWN", error.message);
      if (error instanceof SyntaxError) return refuse(response, 400, "MANIFEST_INVALID", "expected JSON");
      throw error;
    }
    const location = `/v2/${repository}/manifests/${digest}`;
    return end(response, 201, { location, "docker-content-digest": digest });
  }
  if (method === "DELETE")
    return store.deleteManifest(repository, reference)
      ? end(response, 202)
      : refuse(response, 404, "MANIFEST_UNKNOWN", reference);
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405, "UNSUPPORTED", method);
  const found = store.manifest(repository, reference);
  if (found === undefined) return refuse(response, 404, "MANIFEST_UNKNOWN", reference);
  const headers = { "content-type": found.type, "docker-content-digest": found.digest };
  end(response, 200, headers, found.content);
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer | string = "",
): void {
  const length = String(Buffer.byteLength(body));
  // Node leaves out the body of an answer to HEAD by itself.
  response.writeHead(status, { ...api, "content-length": length, ...headers }).end(body);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  end(response, status, { "content-type": "application/json" }, body);
}
