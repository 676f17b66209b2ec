import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SandboxDirectory } from "./directory.ts";

/** The certificates: names of the files, and the API server's reading of each (CN is the user, O the group). */
export const subjects = {
  etcd: { name: "CN=etcd", serves: true },
  "kube-apiserver": { name: "CN=kube-apiserver", serves: true },
  admin: { name: "CN=mesh-six-sandbox-admin,O=system:masters", serves: false },
  "kube-controller-manager": { name: "CN=system:kube-controller-manager", serves: false },
  "kube-scheduler": { name: "CN=system:kube-scheduler", serves: false },
} as const;

export type Subject = keyof typeof subjects;

/** The paths of a subject's certificate and key (PEM, mode 0600), and of what signs and verifies. */
export function certificatePaths(directory: SandboxDirectory) {
  const at = (file: string) => join(directory.certificates, file);
  return {
    authority: at("ca.crt"),
    certificate: (subject: Subject) => at(`${subject}.crt`),
    key: (subject: Subject) => at(`${subject}.key`),
    /** Signs service account tokens. */
    serviceAccountKey: at("service-account.key"),
    serviceAccountPublicKey: at("service-account.pub"),
    kubeconfig: (subject: Subject) => at(`${subject}.kubeconfig`),
  };
}

/** Issues the certificates, once. */
export async function ensureCertificates(directory: SandboxDirectory): Promise<void> {
  if (existsSync(certificatePaths(directory).authority)) return;
  // Loaded only now: every other command goes without the library.
  const { issueCertificates } = await import("./issueCertificates.ts");
  await issueCertificates(directory);
}
