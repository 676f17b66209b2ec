import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import { certificatePaths, type Subject } from "./certificates.ts";
import type { SandboxDirectory } from "./directory.ts";
import { writeWhole } from "../../lib/process/files.ts";

/** The name of cluster, user and context in the sandbox's kubeconfig. */
export const sandboxContext = "mesh-six-sandbox";

/** Writes a kubeconfig (mode 0600) by which that subject speaks to the API server on this port. */
export function writeKubeconfig(
  directory: SandboxDirectory,
  subject: Subject,
  port: number,
  path: string,
): void {
  const paths = certificatePaths(directory);
  const encoded = (file: string) => readFileSync(file).toString("base64");
  const name = sandboxContext;
  writeWhole(
    path,
    stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name,
          cluster: {
            server: `https://127.0.0.1:${String(port)}`,
            "certificate-authority-data": encoded(paths.authority),
          },
        },
      ],
      users: [
        {
          name,
          user: {
            "client-certificate-data": encoded(paths.certificate(subject)),
            "client-key-data": encoded(paths.key(subject)),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    }),
  );
}
