import process from "node:process";

/** The smoke suite's part of the stack's outputs (`npm run outputs`). */
export interface SmokeEnvironment {
  readonly databaseUrl: string;
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly context: string;
  /** Dapr Components and Resiliencies the program declares. */
  readonly daprNames: readonly string[];
  /** Address of services without a port-forward, `{service}` in it for the name; empty for port-forwards. */
  readonly serviceUrl: string;
  /** A browser; empty where there is none on PATH. */
  readonly browser: string;
  /** Fewest days the event log must have partitions for. */
  readonly partitionDays: number;
  /** The webhook whose deliveries are looked at; undefined where the outputs do not name it. */
  readonly webhook: WatchedWebhook | undefined;
}

/** The organization's webhook, and who may read its deliveries. */
export interface WatchedWebhook {
  readonly githubUrl: string;
  readonly token: string;
  readonly organization: string;
  /** The address that it delivers to. */
  readonly url: string;
}

/** The end-to-end suite's part of the stack's outputs. */
export interface EndToEndEnvironment {
  readonly token: string;
  /** Empty for github.com. */
  readonly githubUrl: string;
  readonly projectId: string;
  readonly owner: string;
  readonly repository: string;
  readonly appUrl: string;
  readonly databaseUrl: string;
  /** For the look at pods and their logs after a failure; a suite without them only says less. */
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly context: string;
  /** By how much all time limits and pauses are divided: 1, except in the sandbox. */
  readonly timesFaster: number;
  readonly webhook: WatchedWebhook | undefined;
}

const given = (name: string): string => process.env[name] ?? "";

/** @throws one line that names every variable that is not set */
export function smokeEnvironment(): SmokeEnvironment {
  demand(["DATABASE_URL", "TEST_NAMESPACE", "TEST_DAPR_NAMES"], "smoke");
  return {
    ...inCluster(),
    databaseUrl: given("DATABASE_URL"),
    daprNames: given("TEST_DAPR_NAMES").split(",").filter(Boolean),
    serviceUrl: given("TEST_SERVICE_URL"),
    browser: given("TEST_BROWSER"),
    partitionDays: Number(given("TEST_PARTITION_DAYS") || "31"),
    webhook: webhook(),
  };
}

/** @throws one line that names every variable that is not set */
export function endToEndEnvironment(): EndToEndEnvironment {
  demand(
    ["GITHUB_TOKEN", "TEST_PROJECT_ID", "TEST_REPO_OWNER", "TEST_REPO_NAME", "TEST_APP_URL", "DATABASE_URL"],
    "e2e",
  );
  return {
    ...inCluster(),
    token: given("GITHUB_TOKEN"),
    githubUrl: given("TEST_GITHUB_URL"),
    projectId: given("TEST_PROJECT_ID"),
    owner: given("TEST_REPO_OWNER"),
    repository: given("TEST_REPO_NAME"),
    appUrl: given("TEST_APP_URL").replace(/\/+$/, ""),
    databaseUrl: given("DATABASE_URL"),
    timesFaster: Number(given("TEST_TIMEOUTS_DIVIDED_BY") || "1"),
    webhook: webhook(),
  };
}

function webhook(): WatchedWebhook | undefined {
  const [url, token, organization] = ["TEST_WEBHOOK_URL", "GITHUB_TOKEN", "TEST_REPO_OWNER"].map(given);
  if (!url || !token || !organization) return undefined;
  return { githubUrl: given("TEST_GITHUB_URL"), token, organization, url };
}

function inCluster() {
  return {
    namespace: given("TEST_NAMESPACE") || "mesh-six",
    kubeconfig: given("TEST_KUBECONFIG"),
    context: given("TEST_KUBE_CONTEXT"),
  };
}

function demand(names: readonly string[], suite: string): void {
  const missing = names.filter((name) => given(name) === "");
  if (missing.length === 0) return;
  throw new Error(
    `${missing.join(", ")}: expected to be set, got nothing; "npm run ${suite} -- --stack NAME" sets them, or "npm run outputs -- --stack NAME --show-secrets" prints them`,
  );
}
