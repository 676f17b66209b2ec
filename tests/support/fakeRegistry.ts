import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The part of a container registry's HTTP API that tells digests, behind a token service as registries have. */
export interface FakeRegistry {
  /** Name and port, as in an image's name. */
  readonly host: string;
  /** A file as docker login would have written it. */
  readonly login: string;
  readonly put: (repository: string, tag: string, digest: string) => void;
  readonly close: () => Promise<void>;
}

/** @param login - who may pull */
export async function fakeRegistry(login: { username: string; password: string }): Promise<FakeRegistry> {
  const digests = new Map<string, string>();
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? ""}`);
    const end = (status: number, headers: Record<string, string> = {}, body = "") =>
      response.writeHead(status, headers).end(body);
    if (url.pathname === "/token") {
      if (request.headers.authorization !== `Basic ${auth}`) return end(401);
      return end(200, {}, JSON.stringify({ token: `may-${url.searchParams.get("scope") ?? ""}` }));
    }
    const [, repository = "", reference = ""] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? [];
    const scope = `repository:${repository}:pull`;
    if (request.headers.authorization !== `Bearer may-${scope}`) {
      const realm = `http://${request.headers.host ?? ""}/token`;
      return end(401, { "www-authenticate": `Bearer realm="${realm}",service="test",scope="${scope}"` });
    }
    const digest = digests.get(`${repository}:${reference}`);
    return digest === undefined ? end(404) : end(200, { "docker-content-digest": digest });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    host,
    login: JSON.stringify({ auths: { [host]: { auth } } }),
    put: (repository, tag, digest) => void digests.set(`${repository}:${tag}`, digest),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
