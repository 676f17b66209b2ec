/** What stands in place of a secret. */
export const masked = "[secret]";

/** Replaces every secret it knows, in whatever form, wherever it stands. */
export class Mask {
  readonly #secrets: readonly string[];

  /** @param secrets - plain values; ones too short to be told from ordinary words are left out */
  constructor(secrets: Iterable<string>) {
    const forms = [...secrets]
      .filter((secret) => secret.length >= 6)
      .flatMap((secret) => [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString("base64"),
        JSON.stringify(secret).slice(1, -1),
      ]);
    // The longest first: one secret may be a part of another.
    this.#secrets = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, masked), text);
  }

  /** The same for every text in a document, names of members too. */
  document<T>(document: T): T {
    return this.#deep(document) as T;
  }

  #deep(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((part) => this.#deep(part));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [this.text(key), this.#deep(part)]));
  }
}

/** The engine's mark of a secret in a state or a setting (a constant of its format). */
const signature = "4dabf18193072939515e22adb298388d";

/** The secrets in what `pulumi stack export --show-secrets` gives. */
export function secretsOfState(exported: unknown): string[] {
  if (Array.isArray(exported)) return exported.flatMap(secretsOfState);
  if (typeof exported !== "object" || exported === null) return [];
  const { [signature]: mark, plaintext } = exported as Record<string, unknown>;
  if (mark !== undefined && typeof plaintext === "string")
    return leaves(JSON.parse(plaintext)).filter(isTelling);
  return Object.values(exported).flatMap(secretsOfState);
}

/** The texts in a structure, but for users' names: one setting may hold secrets and plain texts. */
export function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => (/^user(name)?$/i.test(key) ? [] : leaves(part)));
}

/** A text that cannot be an ordinary word or name, which is secret in one place and none in another. */
function isTelling(text: string): boolean {
  return text.length >= 12 && /\d/.test(text) && /[a-z]/i.test(text);
}
