import { isKubeconfigContent } from "../lib/kubernetes/kubeconfig.ts";
import { checkDaprMetadata } from "./daprMetadata.ts";
import { checkIngressRoutes } from "./ingressRoutes.ts";
import { ConnectionStringError, parseConnection } from "../lib/postgres/connection.ts";
import type { Problem } from "../lib/text/problem.ts";
import { problem, setCommand } from "./problems.ts";
import type { Values } from "./read.ts";
import { boardTitle } from "./repositories.ts";
import type { SecretSource } from "./secrets/sources.ts";
import { webhookSecret } from "./secrets/standard.ts";

/** Checks the rules between settings, beyond the shape of each. */
export function checkTogether(values: Values, isSecret: (key: string) => boolean, problems: Problem[]): void {
  if (isKubeconfigContent(values.kubeconfig) && !isSecret("mesh-six:kubeconfig")) {
    problems.push(
      problem(
        "kubeconfig",
        "the path of a file, or its content stored encrypted",
        "its content in clear",
        "pulumi config set --secret mesh-six:kubeconfig < FILE",
      ),
    );
  }
  checkGitHub(values, problems);
  checkDaprMetadata(values, problems);
  checkIngressRoutes(values, problems);
  checkWebhookAddress(values, problems);
  if (values.databaseMode === "managed") {
    if (values.databaseAdminPassword === "") {
      const other = "to use a database as it is: pulumi config set mesh-six:databaseMode existing";
      problems.push(
        problem(
          "databaseAdminPassword",
          `the password of ${values.databaseAdminUser}`,
          "nothing",
          `${setCommand(["databaseAdminPassword"], "", true)} (${other})`,
        ),
      );
    }
    return;
  }
  if (values.databaseVector) {
    problems.push(
      problem(
        "databaseVector",
        "false with databaseMode existing, where the database stays as it is",
        "true",
        "create extension vector in it, and pulumi config set mesh-six:databaseVector false",
      ),
    );
  }
  checkDatabaseUrl(values.databaseUrl, problems);
}

function checkDatabaseUrl(text: string, problems: Problem[]): void {
  const remedy = setCommand(["databaseUrl"], "", true);
  const expected = "postgresql://user:password@host:port/name, each part percent-encoded";
  if (text === "") {
    problems.push(problem("databaseUrl", expected, "nothing", remedy));
    return;
  }
  try {
    const { host, password } = parseConnection(text);
    if (password === "") problems.push(problem("databaseUrl", expected, "one without a password", remedy));
    if (host.startsWith("/"))
      problems.push(problem("databaseUrl", "a host that Pods reach", "a Unix socket", remedy));
  } catch (error) {
    if (!(error instanceof ConnectionStringError)) throw error;
    problems.push(problem("databaseUrl", error.expected, error.got, `${error.problem.remedy}: ${remedy}`));
  }
}

function checkGitHub(values: Values, problems: Problem[]): void {
  const names = values.repositories.map((repository) => repository.name);
  // GitHub does not tell upper case from lower.
  const twice = repeated(names.map((name) => name.toLowerCase()));
  const served = repeated(values.repositories.map(({ name, serviceName }) => serviceName || name));
  const titled = repeated(values.repositories.map(boardTitle));
  if (twice !== undefined) {
    problems.push(
      problem("repositories", "each name once", `${twice} twice`, "remove or rename one of them"),
    );
  } else if (served !== undefined) {
    problems.push(
      problem("repositories", "each serviceName once", `${served} twice`, "rename or remove one of them"),
    );
  } else if (titled !== undefined) {
    // By its title a board is found for adoption, and people tell it from others by it.
    const got = `${JSON.stringify(titled)} twice`;
    problems.push(problem("repositories", "each board's title once", got, "give one of them another title"));
  }
  const before = values.repositories.map(({ renamedFrom }) => renamedFrom).filter((name) => name !== "");
  const stillThere = repeated([...names, ...before]);
  if (twice === undefined && stillThere !== undefined) {
    const expected = "a name in renamedFrom that no other entry has";
    problems.push(problem("repositories", expected, stillThere, "remove that entry, or its renamedFrom"));
  }
  if (values.receiverBoard !== "" && !names.includes(values.receiverBoard)) {
    const expected = `one of ${names.join(", ") || "no repositories"}`;
    const example = setCommand(["receiverBoard"], names[0] ?? "", false);
    problems.push(problem("receiverBoard", expected, values.receiverBoard, example));
  }
  if (/[^\x21-\x7e]/.test(values.githubToken)) {
    const got = "one with a blank, a line break or another character that no header holds";
    problems.push(problem("githubToken", "a token", got, setCommand(["githubToken"], "", true)));
  }
  if (values.githubToken === "" && (names.length > 0 || values.githubWebhook)) {
    // No command sets an empty list: the engine takes '[]' for a text.
    const without = "mesh-six:repositories: [] and mesh-six:githubWebhook: false in the stack's file";
    const remedy = `${setCommand(["githubToken"], "", true)} (without GitHub: ${without})`;
    problems.push(problem("githubToken", `a token for ${values.githubOrganization}`, "nothing", remedy));
  }
}

/** GitHub's deliveries have to come through the route to the receiver. */
function checkWebhookAddress(values: Values, problems: Problem[]): void {
  const usual = "/webhooks/github";
  if (!values.githubWebhook || values.githubWebhookUrl !== "") return;
  if (!values.ingressRoutes["webhook-receiver"].tls.enabled) {
    problems.push(
      problem(
        "githubWebhookUrl",
        "the address GitHub reaches, since the route webhook-receiver has no TLS",
        "nothing",
        setCommand(["githubWebhookUrl"], `https://${values.ingressHost}${usual}`, false),
      ),
    );
    return;
  }
  if (usual.startsWith(values.ingressWebhookPath)) return;
  problems.push(
    problem(
      "githubWebhookUrl",
      `the address below mesh-six:ingressWebhookPath (${values.ingressWebhookPath}) where the receiver answers`,
      `nothing, which stands for ${usual}`,
      setCommand(["githubWebhookUrl"], `https://${values.ingressHost}${values.ingressWebhookPath}`, false),
    ),
  );
}

/** Checks the rules between the secrets, and between them and the settings declared with them. */
export function checkSecrets(
  values: Values,
  sources: Readonly<Record<string, SecretSource>>,
  problems: Problem[],
): void {
  const external = Object.values(sources).flatMap((source) =>
    source.source === "vault" ? [source.externalSecret] : [],
  );
  const twice = repeated(external);
  if (twice !== undefined) {
    problems.push(
      problem("secrets", "each externalSecret once", `${twice} twice`, "give one of them another name"),
    );
  }
  const generated = Object.entries(sources).flatMap(([name, source]) =>
    source.source === "generated" ? source.keys.map((key) => `${name}-${key}`) : [],
  );
  const joined = repeated(["fingerprint-key", ...generated]);
  if (joined !== undefined) {
    problems.push(
      problem(
        "secrets",
        "secrets and generated keys whose names differ when joined by a dash",
        `${joined} twice`,
        "rename one of the keys, or take its value from source config",
      ),
    );
  }
  if (!values.githubWebhook) return;
  const signature = webhookSecret;
  const source = sources[signature];
  if (source === undefined || source.source === "vault") {
    const remedy = setCommand(["secrets", signature, "source"], "generated", false);
    problems.push(
      problem(
        `secrets.${signature}.source`,
        "generated, config or cluster, since GitHub is given the same value",
        source?.source ?? "none",
        `${remedy} (without the webhook: pulumi config set mesh-six:githubWebhook false)`,
      ),
    );
    return;
  }
  const keys = keysOf(source);
  if (!keys.includes("secret")) {
    problems.push(
      problem(
        `secrets.${signature}.keys`,
        "the key secret, which GitHub is given too",
        keys.join(", "),
        `pulumi config rm --path mesh-six:secrets.${signature}.keys`,
      ),
    );
  }
}

function keysOf(source: Exclude<SecretSource, { source: "vault" }>): readonly string[] {
  switch (source.source) {
    case "config":
      return Object.keys(source.values);
    case "generated":
      return source.keys;
    case "cluster":
      return Object.keys(source.keys);
  }
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
