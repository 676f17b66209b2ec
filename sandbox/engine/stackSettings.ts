/** The addresses of the sandbox's services. */
export interface SandboxServices {
  /** Path of the kubeconfig file. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    /** libpq's sslmode, where the person named one. */
    readonly sslMode?: string;
    /** The database to connect to, where the person named one. */
    readonly name?: string;
  };
  readonly github: { readonly url: string; readonly token: string; readonly organization: string };
  /** The repository of the sandbox's overlay or application, and whether Argo CD is to read it. */
  readonly argocd?: { readonly repository: string; readonly chosen: boolean };
  /** Address of the test app, for a sandbox with a GitHub of its own. */
  readonly testAppUrl?: string;
}

/** One value of the stack's settings; `path` says that the key names a place within a structure. */
export type StackSetting =
  | {
      readonly value: string;
      readonly secret?: boolean;
      readonly path?: boolean;
      readonly initial?: never;
    }
  | {
      readonly value: string | readonly Readonly<Record<string, string>>[];
      readonly secret?: never;
      readonly path?: never;
      /** Only a beginning: what the file says already stays. */
      readonly initial: true;
    }
  | {
      /** Taken out of the file where the file has just this value. */
      readonly value: string;
      readonly withdrawn: true;
      readonly secret?: never;
      readonly path?: never;
      readonly initial?: never;
    };

/**
 * The settings by which the program converges the sandbox: only where things are and the secrets, all else keeps
 * its production default. Secrets that production reads from Vault or from another namespace are given here.
 *
 * @param generated - a random value by name, the same at every call
 */
export function stackSettings(
  services: SandboxServices,
  generated: (name: string) => string,
): Record<string, StackSetting> {
  const plain = (value: string): StackSetting => ({ value });
  const atFirst = (value: string): StackSetting => ({ value, initial: true });
  const secret = (value: string): StackSetting => ({ value, secret: true });
  const source = (value: string): StackSetting => ({ value, path: true });
  const secretPart = (name: string): StackSetting => ({ value: generated(name), secret: true, path: true });
  return {
    "mesh-six:kubeconfig": plain(services.kubeconfig),
    "mesh-six:kubeContext": plain(services.context),
    "mesh-six:databaseHost": plain(services.database.host),
    "mesh-six:databasePort": plain(String(services.database.port)),
    ...(services.database.sslMode === undefined
      ? {}
      : { "mesh-six:databaseSslMode": plain(services.database.sslMode) }),
    ...(services.database.name === undefined
      ? {}
      : { "mesh-six:databaseAdminDatabase": plain(services.database.name) }),
    "mesh-six:databaseAdminUser": plain(services.database.user),
    "mesh-six:databaseAdminPassword": secret(services.database.password),
    "mesh-six:databaseRetain": atFirst("false"),
    "mesh-six:githubBaseUrl": plain(services.github.url),
    "mesh-six:githubOrganization": atFirst(services.github.organization),
    "mesh-six:githubToken": secret(services.github.token),
    "mesh-six:githubRetain": atFirst("false"),
    "mesh-six:githubWriteDelayMs": atFirst("0"),
    "mesh-six:argocdWait": atFirst("true"),
    ...(services.argocd === undefined
      ? {}
      : {
          "mesh-six:argocdRepository": services.argocd.chosen
            ? plain(services.argocd.repository)
            : { value: services.argocd.repository, withdrawn: true },
        }),
    ...(services.testAppUrl === undefined
      ? {}
      : { "mesh-six:repositories": { value: testAppRepositories(services.testAppUrl), initial: true } }),
    "mesh-six:secrets.redis-secret.source": source("config"),
    "mesh-six:secretValues.redis-secret.password": secretPart("redis-password"),
    "mesh-six:secrets.litellm-secret.source": source("config"),
    "mesh-six:secretValues.litellm-secret.api-key": secretPart("litellm-api-key"),
    "mesh-six:secretValues.rabbitmq-secret.username": { value: "mesh-six", path: true },
    "mesh-six:secretValues.rabbitmq-secret.password": secretPart("rabbitmq-password"),
    "mesh-six:secretValues.gitea-registry-secret.password": secretPart("registry-password"),
    "mesh-six:secretValues.github-secret.token": secretPart("github-secret-token"),
  };
}

/** The program's default list of repositories, whose one app is deployed within the sandbox. */
export function testAppRepositories(deployUrl: string) {
  const name = "gwa-test-app";
  const description = "Bookmarks manager — mesh-six E2E test fixture";
  return [{ name, description, template: name, deployUrl }];
}
