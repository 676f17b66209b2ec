import { readFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { certificatePaths } from "../place/certificates.ts";
import type { Service, ServiceContext } from "./service.ts";

/** The API server's store: real etcd, one member, only for holders of a certificate of this sandbox. */
export const etcd: Service = {
  name: "etcd",
  after: [],
  listens: true,
  launch(context) {
    const paths = certificatePaths(context.directory);
    const url = `https://127.0.0.1:${String(context.port("etcd"))}`;
    const certificate = paths.certificate("etcd");
    const key = paths.key("etcd");
    return {
      argv: [
        ...context.toolchain.etcd,
        "--name=sandbox",
        `--data-dir=${context.directory.data("etcd")}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        // No peer will ever come: any port, and only for those who hold a certificate.
        "--listen-peer-urls=https://127.0.0.1:0",
        "--initial-advertise-peer-urls=https://127.0.0.1:0",
        "--initial-cluster=sandbox=https://127.0.0.1:0",
        `--trusted-ca-file=${paths.authority}`,
        `--cert-file=${certificate}`,
        `--key-file=${key}`,
        "--client-cert-auth",
        `--peer-trusted-ca-file=${paths.authority}`,
        `--peer-cert-file=${certificate}`,
        `--peer-key-file=${key}`,
        "--peer-client-cert-auth",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=10m",
        "--snapshot-count=5000",
        `--quota-backend-bytes=${String(512 * 1024 * 1024)}`,
        // A killed process loses nothing that way, only a machine that loses power does: fair for a sandbox.
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
      environment: { GOMEMLIMIT: "120MiB", GOGC: "60" },
    };
  },
  probe: (context) => answersHealthy(context, "etcd", "/health"),
};

/** Asks an HTTPS endpoint of the sandbox with the administrator's certificate and expects 200. */
export function answersHealthy(context: ServiceContext, service: string, path: string): Promise<void> {
  const paths = certificatePaths(context.directory);
  const subject = service === "etcd" ? "etcd" : "admin";
  const agent = new Agent({
    ca: readFileSync(paths.authority),
    cert: readFileSync(paths.certificate(subject)),
    key: readFileSync(paths.key(subject)),
  });
  return new Promise((resolve, reject) => {
    const request = get(
      { host: "127.0.0.1", port: context.port(service), path, agent, timeout: 5_000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () => {
          agent.destroy();
          if (response.statusCode === 200) resolve();
          else
            reject(
              new Error(
                `${service} answers ${String(response.statusCode)}: ${body.trim().split("\n").pop() ?? ""}`,
              ),
            );
        });
      },
    );
    request.on("timeout", () => request.destroy(new Error(`${service} does not answer`)));
    request.on("error", reject);
  });
}
