/** GitHub's answer when it refuses a request. */
export interface Refusal {
  /** Status of HTTP; undefined for GraphQL, which refuses with status 200. */
  readonly status: number | undefined;
  /** Types of GraphQL's errors, as in FORBIDDEN. */
  readonly types: readonly string[];
  readonly message: string;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

interface Rule {
  /** Words of the message. */
  readonly says?: RegExp;
  /** A further condition on the refusal. */
  readonly when?: (refusal: Refusal) => boolean;
  /** @param setToken - where a person sets another token */
  readonly remedy: string | ((refusal: Refusal, setToken: string) => string | undefined);
}

/** The command that sets a stack's token. */
const ofStack = "pulumi config set --secret mesh-six:githubToken";

/** The address at which a person lets the token through the single sign-on, from GitHub's header. */
const signOn = ({ headers }: Refusal) =>
  /^required; url=(\S+)/.exec(String(headers["x-github-sso"] ?? ""))?.[1];

/** The most particular first: the first that fits is the remedy. */
const rules: readonly Rule[] = [
  {
    when: ({ status }) => status === 401,
    remedy: (_, setToken) =>
      `set a valid token: ${setToken}${setToken === ofStack ? "; after that a refresh needs --run-program once, or a pulumi up before it" : ""}`,
  },
  {
    says: /SAML|single sign-?on/i,
    remedy: (refusal) =>
      `authorize the token for the organization's single sign-on: ${signOn(refusal) ?? "Configure SSO beside the token, in GitHub's settings of personal access tokens"}`,
  },
  {
    when: (refusal) => signOn(refusal) !== undefined,
    remedy: (refusal) =>
      `authorize the token for the organization's single sign-on: ${signOn(refusal) ?? ""}`,
  },
  {
    says: /IP allow ?list|IP address is not permitted/i,
    remedy:
      "run this from an address of the organization's IP allow list, or add the address of this machine to the list",
  },
  {
    says: /lifetime is greater|maximum lifetime|expires? (?:in|after) more than/i,
    remedy: (_, setToken) => `make a token that ends sooner, and set it: ${setToken}`,
  },
  {
    says: /forbids access via (?:a )?personal access tokens? \(classic\)/i,
    remedy: (_, setToken) => `make a fine-grained token, and set it: ${setToken}`,
  },
  {
    says: /forbids access via (?:a )?fine-grained/i,
    remedy: (_, setToken) => `make a classic token, or an App's, and set it: ${setToken}`,
  },
  {
    says: /OAuth App access restrictions/i,
    remedy: "let an owner of the organization approve the App of this token",
  },
  {
    says: /two-factor/i,
    remedy: "switch two-factor authentication on for the account of the token",
  },
  {
    says: /suspended|account was flagged/i,
    remedy: "ask the support of GitHub, or use the token of another account",
  },
  {
    says: /\bworkflows?\b.*\b(?:scope|permission)\b|without [`'"]?workflows?[`'"]? (?:scope|permission)/i,
    remedy: (_, setToken) =>
      `give the token the scope or permission for workflow files, or set another: ${setToken}`,
  },
  {
    says: /rule violations?|ruleset|(?:creations?|updates?|deletions?) being restricted|protected (?:branch|ref|tag)|required status check|must be made through a pull request|must have verified signatures/i,
    remedy:
      "let the token's account bypass the rule (Settings, Rules, Rulesets: Bypass list), or exempt this repository",
  },
  {
    says: /managed users?|(?:cannot|can't|not allowed to) (?:create|have) public|visibility can.?t be public|public repositories (?:are|is) (?:not|disabled)/i,
    remedy: "set visibility to internal or private in its entry of mesh-six:repositories",
  },
  {
    says: /(?:maximum|limit|more than|at most)[^.;]*\b50\b[^.;]*fields?|fields?[^.;]*(?:maximum|limit|at most)[^.;]*\b50\b|too many fields/i,
    remedy: "delete fields that nobody uses from the board; a board has 50 at most",
  },
  {
    says: /(?:maximum|limit|at most)[^.;]*options|options[^.;]*(?:maximum|limit)/i,
    remedy: "take options out of the field; a field has 50 at most",
  },
  {
    says: /archived/i,
    remedy: "take the repository out of the archive (Settings, Danger zone), or out of mesh-six:repositories",
  },
  { says: /is empty/i, remedy: "make a first commit in the repository, or give its entry a template" },
  {
    says: /projects? (?:are|is|have been) disabled|disabled projects/i,
    remedy: "let an owner of the organization allow projects (Settings, Projects)",
  },
  {
    says: /webhooks?[^.;]*(?:limit|allowed)|hooks allowed/i,
    remedy: "delete a webhook of the organization that nobody uses",
  },
  {
    says: /hook already exists/i,
    remedy: "to take it over: pulumi config set mesh-six:githubWebhookId NUMBER",
  },
  {
    says: /name already exists|already been taken/i,
    remedy: "set adopt in its entry of mesh-six:repositories, or choose another name",
  },
  {
    says: /reached[^.;]*limit|upgrade your plan|billing|spending limit|payment/i,
    remedy: "ask an owner of the organization to look at its plan and billing",
  },
  {
    says: /expected branch to point to|is at \w+ but expected|reference (?:already exists|cannot be updated)|fast.?forward/i,
    remedy: "somebody has written at the same time: run the same command again",
  },
  { says: /over disk quota|too large/i, remedy: "leave large files out of the template" },
  {
    when: ({ status }) => status === 451,
    remedy: "choose another repository: this one is blocked for legal reasons",
  },
  {
    when: ({ status }) => status !== undefined && status >= 300 && status < 400,
    remedy:
      "it was renamed or transferred: put its new name and owner into mesh-six:repositories and mesh-six:githubOrganization",
  },
  {
    when: ({ status, types, message }) =>
      status === 403 ||
      status === 404 ||
      types.some((type) => ["FORBIDDEN", "INSUFFICIENT_SCOPES"].includes(type)) ||
      /not accessible by|INSUFFICIENT_SCOPES|scopes?\b|must have admin rights|must be an organization owner/i.test(
        message,
      ),
    remedy: lacking,
  },
  {
    when: ({ types, message }) => types.includes("NOT_FOUND") || /could not resolve to/i.test(message),
    remedy: "check that it is there and that the token may see it",
  },
];

/** Whether an answer tells of a rate limit, which passes by itself. */
export function isLimit({ status, message, headers }: Omit<Refusal, "types">): boolean {
  if (status === 429) return true;
  const named = /rate limit|abuse detection|submitted too quickly/i.test(message);
  if (status !== 403) return named && status === 200;
  const exhausted = String(headers["x-ratelimit-remaining"]) === "0";
  return named || exhausted || headers["retry-after"] !== undefined;
}

/** The remedy for a refusal; undefined where GitHub's words must do. */
export function refusalRemedy(refusal: Refusal, setToken = ofStack): string | undefined {
  if (isLimit({ ...refusal, status: refusal.status ?? 200 })) return undefined;
  for (const { says, when, remedy } of rules) {
    if (says?.test(refusal.message) || when?.(refusal)) {
      return typeof remedy === "string" ? remedy : remedy(refusal, setToken);
    }
  }
  return undefined;
}

/** The permission that a request wants, by the header that names it. */
function lacking({ status, headers }: Refusal, setToken: string): string | undefined {
  const accepted = headers["x-accepted-github-permissions"] ?? headers["x-accepted-oauth-scopes"];
  if (accepted) return `the token needs ${accepted}`;
  if (status === 404) return "check that it is there and that the token may see it";
  return `give the token that permission, or set another: ${setToken}`;
}
