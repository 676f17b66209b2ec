import { passwordsOfAddress, secretTexts } from "../stack/secretTexts.ts";
import type { StackConfig } from "../stack/pulumi.ts";
import { signature } from "../../lib/pulumi/sentinels.ts";

/** The text in place of a secret. */
export const masked = "[secret]";

/** Characters under which a secret looks like an ordinary word. */
const shortest = 6;

/** Replaces every secret it knows, in whatever form, wherever it stands. */
export class Mask {
  readonly #secrets: readonly RegExp[];

  /** @param secrets - plain values; ones as short as ordinary words are left out */
  constructor(secrets: Iterable<string>) {
    const texts = [...new Set([...secrets].flatMap((secret) => secretTexts(secret, isTelling)))].filter(
      ({ length }) => length >= shortest,
    );
    // The longest first: one secret may be a part of another.
    texts.sort((a, b) => b.length - a.length);
    this.#secrets = texts.map((text) => new RegExp([written(text), ...inBase64(text)].join("|"), "g"));
  }

  text(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replace(secret, masked), text);
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

/** The text as people and programs write it: each mark as it is, percent-encoded, or escaped for JSON, SQL or a shell. */
function written(text: string): string {
  return [...text]
    .map((character) => {
      if (/[A-Za-z0-9]/.test(character)) return character;
      const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
      const encoded = bytes.join("").replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
      const escaped = JSON.stringify(character).slice(1, -1);
      const quoted = character === "'" ? ["''", "'\\''"] : [];
      // Lines may have been put into one.
      const blank = /\s/.test(character) ? ["\\s+"] : [];
      // The longer ones first: what is escaped begins with, or is, what it escapes.
      return `(?:${[...[...quoted, escaped, character].map(literal), ...blank, encoded].join("|")})`;
    })
    .join("");
}

/** The text within something longer that is base64, at each of the three places where it can begin in there. */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first and the last digit may hold bits of a neighbour.
    const isWhole = (before + bytes.length) % 3 === 0;
    const own = encoded.slice([0, 2, 3][before], isWhole ? undefined : -1);
    if (own.length < shortest) return [];
    const anyAlphabet = own.replaceAll(/[+/]/g, (digit) => (digit === "+" ? "[+-]" : "[/_]"));
    return [isWhole ? anyAlphabet : `${anyAlphabet}[\\w+/-]?={0,2}`];
  });
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** The secrets among a stack's settings, and the passwords in its addresses, which should be none in plain. */
export function secretsOfConfig({ values, isSecret }: StackConfig): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const texts = structured(value) ?? [value];
    return isSecret(key) ? texts : texts.flatMap(passwordsOfAddress);
  });
}

/** The texts within a setting that is a structure; undefined for one that is none. */
function structured(value: string): string[] | undefined {
  if (!/^[[{]/.test(value)) return undefined;
  try {
    return leaves(JSON.parse(value));
  } catch {
    return undefined;
  }
}

/** The secrets in what `pulumi stack export --show-secrets` gives. */
export function secretsOfState(exported: unknown): string[] {
  if (Array.isArray(exported)) return exported.flatMap(secretsOfState);
  if (typeof exported !== "object" || exported === null) return [];
  const { [signature]: mark, plaintext } = exported as Record<string, unknown>;
  if (mark !== undefined && typeof plaintext === "string")
    // The values of a cluster's Secret are encoded there, and may appear decoded elsewhere.
    return leaves(JSON.parse(plaintext))
      .flatMap((text) => [text, ...fromBase64(text)])
      .filter(isTelling);
  return Object.values(exported).flatMap(secretsOfState);
}

/** The texts whose base64 this is, if it is base64. */
function fromBase64(text: string): string[] {
  const bytes = Buffer.from(text, "base64");
  const plain = bytes.toString();
  return bytes.toString("base64") === text && Buffer.from(plain).equals(bytes) ? [plain] : [];
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
