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
