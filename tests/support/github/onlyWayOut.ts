import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { issueDatabaseCertificates } from "../postgres/certificates.ts";

/** A host that DNS does not know: without the proxy nobody gets to it. */
const host = "github.private.example";

/** A server behind a proxy that is the only way to it, with a certificate of a private authority. */
export interface OnlyWayOut {
  /** Address of the server, for those who ask the proxy. */
  readonly url: string;
  readonly proxy: string;
  /** File of the private authority: in SSL_CERT_FILE it is the machine's store. */
  readonly authority: string;
  /** Hosts and ports to which the proxy was asked to connect since the last call. */
  asked(): string[];
  /** From now on the proxy answers so; undefined: it connects again. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

/**
 * @param target - as in http://127.0.0.1:PORT; what the server passes requests on to
 * @param login - as in USER:PASSWORD, without characters that a URL encodes; what the proxy demands
 */
export async function onlyWayOut(target: string, login?: string): Promise<OnlyWayOut> {
  const authorization = login && `Basic ${Buffer.from(login).toString("base64")}`;
  const certificates = await issueDatabaseCertificates(host);
  const { ssl_cert_file: cert = "", ssl_key_file: key = "" } = certificates.settings;
  const secure = createTlsServer(
    { cert: readFileSync(cert), key: readFileSync(key) },
    (incoming, outgoing) => {
      const { method, headers, url = "/" } = incoming;
      const passed = request(new URL(url, target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on("error", () => outgoing.destroy());
      incoming.pipe(passed);
    },
  );
  const securePort = await listening(secure);
  const asked: string[] = [];
  let refusal: number | undefined;
  const sockets = new Set<Socket>();
  const proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on("connect", ({ url = "", headers }: IncomingMessage, client: Socket) => {
    asked.push(url);
    client.on("error", () => undefined);
    sockets.add(client);
    const isKnown = authorization === undefined || headers["proxy-authorization"] === authorization;
    const refused = refusal ?? (isKnown ? url !== `${host}:443` && 403 : 407);
    if (refused !== false) {
      client.end(`HTTP/1.1 ${String(refused)} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(securePort, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream);
      upstream.pipe(client);
    });
    sockets.add(upstream);
    upstream.on("error", () => client.destroy());
  });
  const port = await listening(proxy);
  return {
    url: `https://${host}`,
    proxy: `http://${login === undefined ? "" : `${login}@`}127.0.0.1:${String(port)}`,
    authority: certificates.authority,
    asked: () => asked.splice(0),
    refuse(status) {
      refusal = status;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      secure.closeAllConnections();
      for (const server of [secure, proxy]) await new Promise((done) => server.close(done));
      certificates.remove();
    },
  };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
