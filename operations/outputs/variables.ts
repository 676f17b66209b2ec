/** One variable for the tests, as it is taken from the stack's outputs. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}

/** The variables from the stack's outputs, and those that are missing. */
export interface Variables {
  readonly present: readonly Variable[];
  /** Variables without which a suite cannot run, with the output each comes from. */
  readonly missing: readonly { readonly name: string; readonly output: string }[];
}

/** A stack's outputs by name; a secret one is "[secret]" unless it was asked for. */
export type StackOutputs = Readonly<Record<string, unknown>>;

/** The engine's text in place of a secret. */
const hidden = "[secret]";

interface Source {
  readonly name: string;
  /** Path in the outputs: an output's name, then keys within it. */
  readonly path: readonly [string, ...string[]];
  /** A secret variable is left out of outputs that were read without secrets. */
  readonly secret?: boolean;
  /** Left out where it is empty, for then the default holds. */
  readonly optional?: boolean;
}

/** The variables of the suites, and the outputs they come from: the only place of that pairing. */
const sources: readonly Source[] = [
  { name: "GITHUB_TOKEN", path: ["githubToken"], secret: true },
  { name: "TEST_PROJECT_ID", path: ["testRepository", "projectId"] },
  { name: "TEST_REPO_OWNER", path: ["testRepository", "owner"] },
  { name: "TEST_REPO_NAME", path: ["testRepository", "name"] },
  { name: "TEST_APP_URL", path: ["testRepository", "appUrl"] },
  { name: "DATABASE_URL", path: ["databaseUrl"], secret: true },
  // Only where GitHub is not github.com.
  { name: "TEST_GITHUB_URL", path: ["githubUrl"], optional: true },
  { name: "TEST_WEBHOOK_URL", path: ["webhookUrl"], optional: true },
  { name: "TEST_NAMESPACE", path: ["namespace"] },
  { name: "TEST_KUBECONFIG", path: ["kubernetes", "kubeconfig"], optional: true },
  { name: "TEST_KUBE_CONTEXT", path: ["kubernetes", "context"], optional: true },
  { name: "TEST_DAPR_NAMES", path: ["daprComponents"] },
  // Commit of the application, of a stack with a release.
  { name: "TEST_RELEASE", path: ["release", "commit"], optional: true },
];

/**
 * The variables the suites run from.
 *
 * @param outputs - as `pulumi stack output --json` gives them
 */
export function variablesOf(outputs: StackOutputs): Variables {
  const present: Variable[] = [];
  const missing: { name: string; output: string }[] = [];
  for (const source of sources) {
    const value = text(at(outputs, source.path));
    const { name, path } = source;
    if (value === "" && source.optional) continue;
    if (value === "") missing.push({ name, output: path.join(".") });
    // A kubeconfig may be a path, or its content with keys in it.
    else present.push({ name, value, secret: source.secret === true || isSecret(name, value) });
  }
  return { present, missing };
}

function isSecret(name: string, value: string): boolean {
  return value === hidden || (name === "TEST_KUBECONFIG" && /[\n{]/.test(value));
}

function at(outputs: StackOutputs, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Readonly<Record<string, unknown>>)[key]
        : value === hidden
          ? hidden
          : undefined,
    outputs,
  );
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String).join(",");
  return "";
}
