import { type Declared, texts, type Text } from "./declaredResource.ts";

/** Names whose value is a credential: `PG_PASSWORD`, `githubToken`, `api-key`. */
const credentialName =
  /(passwor[dt]|passwd|passphrase|(^|[-_.])pass|[-_.]pwd|secret|token|credentials?|connection[-_]?string|(api|access|private|secret|signing|encryption|master|auth)[-_]?key)$/i;

/** Texts that give themselves away as credentials, whatever they are called. */
const credentialShapes: readonly (readonly [what: string, shape: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a token of GitHub", /\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/],
  ["an access key of AWS", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a token of GitLab, Slack or Vault", /\b(glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|hvs\.[\w-]{20,})/],
  ["an API key", /\b(sk-[A-Za-z0-9_-]{20,}|AIza[\w-]{35}|[sr]k_live_\w{16,}|npm_\w{36}|pul-[0-9a-f]{40})/],
  ["a bearer token", /\bBearer (?=[\w.~+/-]*\d)[\w.~+/-]{20,}/],
  ["a JSON Web Token", /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ["an address with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'`]*:(?![$<{*])[^\s/@"'`]+@/i],
  ["a web address with a log-in", /\b(https?|wss?):\/\/(?![$<{*])[^\s/?#@"'`]+@/i],
  ["the key of a kubeconfig", /^\s*"?client-key-data"?\s*:/m],
];

/** Path of a container's argument, or of a line that its shell runs. */
const isArgument = /(args|command)\[\d+\]$/i;

/** An argument, or a part of a shell's line, that sets a credential: `--api-token=…`, `--password …`, `PGPASSWORD=…`. */
const argument =
  /(?:^|[\s;&|?("'`])(?:--?(?!no-)[\w-]*?(?:password|passwd|passphrase|token|secret|api[-_]?key)(?:=|\s+(?!-))|[\w.-]*(?:password|passwd|passphrase|token|secret|api_?key)=)(\S+)/gi;

/** An argument whose value is the next one. */
const option = /^--?(?!no-)[\w-]*(password|passwd|passphrase|token|secret|api[-_]?key)$/i;

/** A line of a configuration file that sets a credential. */
const setting = /^\s*["']?[\w.-]*(password|passwd|passphrase|secret|token|api[-_]?key)["']?\s*[=:]\s*(.+)$/i;

/** A value that refers to one elsewhere, or stands for none. */
const reference = /^["']?(\$|\{\{|<|%|true\b|false\b|null\b|none\b|["']?[,;]?$)|^[{[]$/i;

/**
 * Looks for credentials in plain: in a Secret that is not marked as secret, under a name that says it is one, or by
 * their shape. Remembers what is secret, so that a copy of it in another resource is found too.
 */
export class SecretWatch {
  readonly #secrets = new Set<string>();
  readonly #plain: { readonly resource: Declared; readonly text: Text }[] = [];
  readonly #told = new Set<string>();

  /** The secrets that the resource shows in plain, judged by itself and by the secrets declared before it. */
  look(resource: Declared): string[] {
    const found = texts(resource.props);
    for (const { text } of found.filter(({ secret }) => secret)) this.#remember(text);
    const open = found.filter(({ secret }) => !secret);
    const shown = isObject(resource) ? found.filter(({ secret }) => secret) : [];
    for (const text of open) if (text.text.length >= shortest) this.#plain.push({ resource, text });
    return [
      ...shown.map((text) =>
        problem(text, "a secret's value, which the object shows to all who may read it"),
      ),
      ...found.flatMap((text, i) => (text.secret ? [] : plainCredential(resource, text, found[i - 1]))),
      ...this.#copies(resource.urn),
    ];
  }

  /** Copies of secrets that were declared after the resource they are copied into. */
  late(): { readonly urn: string; readonly problem: string }[] {
    const urns = new Set(this.#plain.map(({ resource }) => resource.urn));
    return [...urns].flatMap((urn) => this.#copies(urn).map((problem) => ({ urn, problem })));
  }

  /** Only what cannot be an ordinary word: a user's name may be secret here and no secret there. */
  #remember(text: string): void {
    if (text.length < shortest || /\s/.test(text) || !/\d/.test(text) || !/[a-z]/i.test(text)) return;
    if (isAddress.test(text)) return;
    this.#secrets.add(text);
    this.#secrets.add(Buffer.from(text).toString("base64"));
    const decoded = Buffer.from(text, "base64").toString();
    // The data of a Secret is encoded already; what does not come back the same was no base64.
    if (Buffer.from(decoded).toString("base64") === text) this.#remember(decoded);
  }

  #copies(urn: string): string[] {
    return this.#plain
      .filter(({ resource }) => resource.urn === urn)
      .filter(({ text }) => [...this.#secrets].some((secret) => text.text.includes(secret)))
      .filter(({ text }) => {
        const place = `${urn} ${text.path}`;
        const first = !this.#told.has(place);
        this.#told.add(place);
        return first;
      })
      .map(({ text }) => problem(text, "the value of a secret of this stack"));
  }
}

/** The path of a file, or an address without a password: where something is, not what it is. */
const isAddress = /^(\/[\w.-]+(\/[\w.-]+)+|[a-z][a-z0-9+.-]*:\/\/[^@]+)$/i;

/** Characters under which a text is no secret worth the name. */
const shortest = 12;

function isSecret({ type, props }: Declared): boolean {
  return type === "kubernetes:core/v1:Secret" || (props["kind"] === "Secret" && props["apiVersion"] === "v1");
}

/**
 * An object of the cluster that is no Secret: whatever it holds stands there in plain. Helm keeps the values of a
 * release in a Secret, and what only groups objects is none itself.
 */
function isObject(resource: Declared): boolean {
  const groups = /^kubernetes:(?!helm\.sh\/|yaml|kustomize)/;
  return groups.test(resource.type) && !isSecret(resource);
}

/** @param before - the text before it, of which it may be the value */
function plainCredential(resource: Declared, text: Text, before: Text | undefined): string[] {
  if (isSecret(resource) && /^(data|stringData)\./.test(text.path)) return [problem(text, "a plain text")];
  const shape = credentialShapes.find(([, pattern]) => pattern.test(text.text));
  if (shape) return [problem(text, shape[0])];
  if (credentialName.test(text.key) && isValue(text)) return [problem(text, "a plain text")];
  if (isArgument.test(text.path) && setsCredential(text, before))
    return [problem(text, "an argument with a credential")];
  if (/^kubernetes:core\/v1:ConfigMap/.test(resource.type) && text.path.startsWith("data.")) {
    const line = text.text.split("\n").find((each) => {
      const value = setting.exec(each)?.[2];
      return value !== undefined && !reference.test(value.trim());
    });
    if (line !== undefined) return [problem(text, "a line that sets a credential")];
  }
  return [];
}

function setsCredential({ path, text }: Text, before: Text | undefined): boolean {
  const list = /^(.*)\[\d+\]$/.exec(path)?.[1];
  const isNext = before !== undefined && before.path.startsWith(`${list ?? ""}[`) && option.test(before.text);
  const values = [...text.matchAll(argument)].map(([sets, value = ""]) => ({ key: sets, text: value }));
  if (isNext && !text.startsWith("-")) values.push({ key: before.text, text });
  return values.some(({ key, text: value }) => isValue({ path, key, text: value, secret: false }));
}

/** Whether the text is a value and not the name of a Secret, of a key in one, or a reference. */
function isValue({ path, key, text }: Text): boolean {
  if (text === "" || reference.test(text) || isAddress.test(text)) return false;
  // An ExternalSecret names keys: `secretKey` here, `property` in Vault. A Middleware of Traefik names Secrets.
  if (
    /(^|\.)(remoteRef\.\w+|data\[\d+\]\.secretKey|(basic|digest)Auth\.secret|tls\.(ca|cert)Secret)$/.test(
      path,
    )
  )
    return false;
  // By such an annotation Pods are rolled when a Secret changes.
  if (/^checksum\//.test(key)) return false;
  return !(/secret|credential/i.test(key) && /secret|credential/i.test(text));
}

function problem({ path }: Text, got: string): string {
  return `${path}: expected a secret or a reference to one, got ${got}; mark it with pulumi.secret, and let objects of the cluster refer to a Secret (secretKeyRef)`;
}
