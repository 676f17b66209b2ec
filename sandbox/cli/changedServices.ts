import { isDeepStrictEqual } from "node:util";
import { UsageError } from "../../lib/cli/commandLine.ts";
import { githubAddresses } from "../../lib/github/addresses.ts";
import { readContext } from "../../lib/kubernetes/kubeconfig.ts";
import { parseUrn } from "../../lib/pulumi/urn.ts";
import { plainSetting, writePlainSetting } from "../../operations/stack/settingsFile.ts";
import { knownUrns } from "../engine/checkpoint.ts";
import { reachedServices } from "../engine/operateSandbox.ts";
import { testAppRepositories } from "../engine/stackSettings.ts";
import type { ExistingServices } from "../place/credentials.ts";
import type { Sandbox } from "../place/sandbox.ts";
import { applicationUrl, imagePrefix } from "../services/application/services.ts";
import { repositoryUrl } from "../services/argocd/repository.ts";

/** Each service that a person can bring: the same text for the same service, whatever its log-in. */
const services: readonly [
  flag: string,
  called: string,
  place: (existing: ExistingServices) => string | undefined,
][] = [
  [
    "--kubeconfig",
    "cluster",
    ({ kubeconfig }) => kubeconfig && orElse(() => readContext(serverOf(kubeconfig)).server, kubeconfig.path),
  ],
  [
    "--database-url",
    "server",
    ({ databaseUrl }) =>
      databaseUrl && `${new URL(databaseUrl).hostname}:${new URL(databaseUrl).port || "5432"}`,
  ],
  [
    "--github-url",
    "GitHub",
    ({ github }) => github && orElse(() => githubAddresses(github.url).api, github.url),
  ],
];

function serverOf({ path, context }: { readonly path: string; readonly context: string }) {
  return { kubeconfig: path, context };
}

/** A kubeconfig may be gone by now, and an address may be none. */
function orElse(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/**
 * While the stack has resources they are in the services of now: with others every one of them would count as unchanged
 * and be nowhere.
 *
 * @throws UsageError where a service would become another one
 */
export function refuseWhileInUse({ credentials, directory }: Sandbox, next: ExistingServices): void {
  const changed = services.filter(([, , place]) => place(credentials.existing) !== place(next));
  if (changed.length === 0) return;
  const structural = /^(pulumi:pulumi:Stack$|pulumi:providers:|mesh-six:components:)/;
  const resources = [...knownUrns(directory)].filter((urn) => !structural.test(parseUrn(urn).type));
  if (resources.length === 0) return;
  const [[flag, called] = ["", ""]] = changed;
  throw new UsageError(
    `${flag}: expected the ${called} that has the stack's resources (${String(resources.length)}), got another; ` +
      `first run "npm run sandbox -- destroy" without ${changed.map(([each]) => each).join(", ")}, or use another sandbox by --directory.`,
  );
}

/** Takes out of the stack's settings what the sandbox wrote for services that are others from now on. */
export function withdrawWritten(sandbox: Sandbox, next: ExistingServices): void {
  const { credentials, directory } = sandbox;
  const { existing } = credentials;
  /** Whether the setting had a value of the sandbox's, which then is gone. */
  const withdraw = (name: string, ...written: readonly unknown[]): boolean => {
    const value = plainSetting(directory.settings, name);
    if (value === undefined || !written.some((each) => isDeepStrictEqual(anyPort(each), anyPort(value))))
      return false;
    writePlainSetting(directory.settings, name, undefined);
    return true;
  };
  if (existing.databaseUrl !== next.databaseUrl) {
    const { database } = reachedServices(sandbox);
    withdraw("databaseSslMode", database.sslMode);
    withdraw("databaseAdminDatabase", database.name);
  }
  const bringsCluster = existing.kubeconfig === undefined && next.kubeconfig !== undefined;
  if (bringsCluster) {
    withdraw("argocdRepository", applicationUrl(0), repositoryUrl(directory));
    // The digests of a release are those of the images in the sandbox's registry.
    if (withdraw("imageRepository", imagePrefix(0)))
      writePlainSetting(directory.settings, "release", undefined);
  }
  if (bringsCluster || (existing.github === undefined && next.github !== undefined))
    withdraw("repositories", testAppRepositories("http://127.0.0.1:0"));
}

/** A port of a service may have become another one since a setting was written. */
function anyPort(value: unknown): unknown {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value).replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:0"));
}
