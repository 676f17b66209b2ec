import type { Values } from "./read.ts";
import { problem, setCommand } from "./problems.ts";

/** What must hold between settings, beyond the shape of each. */
export function checkTogether(values: Values, isSecret: (key: string) => boolean, problems: string[]): void {
  if (/^\s*apiVersion:|[\n{]/.test(values.kubeconfig) && !isSecret("mesh-six:kubeconfig")) {
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
  const remedy = setCommand(["databaseUrl"], "", true);
  const expected = "postgresql://user:password@host:port/name, each part percent-encoded";
  if (values.databaseUrl === "") problems.push(problem("databaseUrl", expected, "nothing", remedy));
  else if (!isDatabaseUrl(values.databaseUrl))
    problems.push(problem("databaseUrl", expected, "a secret of another shape", remedy));
}

function checkGitHub(values: Values, problems: string[]): void {
  const names = values.repositories.map((repository) => repository.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    problems.push(
      problem("repositories", "each name once", `${twice} twice`, "remove or rename one of them"),
    );
  }
  if (values.receiverBoard !== "" && !names.includes(values.receiverBoard)) {
    const expected = `one of ${names.join(", ") || "no repositories"}`;
    const example = setCommand(["receiverBoard"], names[0] ?? "", false);
    problems.push(problem("receiverBoard", expected, values.receiverBoard, example));
  }
  if (values.githubToken === "" && (names.length > 0 || values.githubWebhook)) {
    const without = "pulumi config set mesh-six:repositories '[]' and mesh-six:githubWebhook false";
    const remedy = `${setCommand(["githubToken"], "", true)} (without GitHub: ${without})`;
    problems.push(problem("githubToken", `a token for ${values.githubOrganization}`, "nothing", remedy));
  }
}

function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const parts = [url.hostname, url.username, url.password, url.pathname.slice(1)];
  return /^postgres(ql)?:$/.test(url.protocol) && parts.every((part) => part !== "" && decodes(part));
}

function decodes(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
