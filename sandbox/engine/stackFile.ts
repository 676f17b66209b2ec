import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { writeWhole } from "../../lib/process/files.ts";
import { yamlOf } from "../../operations/stack/settingsFile.ts";
import type { StackSetting } from "./stackSettings.ts";

interface StackFile {
  encryptionsalt?: string;
  config?: Record<string, unknown>;
}

/**
 * Writes the stack's settings file in the form `pulumi config set` writes it, without ever handing a secret to
 * another process. Settings that someone added to the file by `pulumi config set` stay, as long as the sandbox
 * has no value of its own for them. The file is left alone when nothing changes.
 */
export function writeStackFile(
  path: string,
  settings: Readonly<Record<string, StackSetting>>,
  passphrase: string,
): void {
  const before =
    (existsSync(path) ? (yamlOf(readFileSync(path, "utf8"), path).toJS() as StackFile | null) : null) ?? {};
  const cipher = PassphraseCipher.open(passphrase, before.encryptionsalt);
  const config = structuredClone(before.config ?? {});
  for (const [key, setting] of Object.entries(settings)) {
    const [name, ...within] = setting.path ? splitPath(key) : [key];
    if (setting.initial && (name ?? key) in config) continue;
    if ("withdrawn" in setting) {
      if (config[key] === setting.value) delete config[key];
      continue;
    }
    let parent = config;
    let last = name ?? key;
    for (const part of within) {
      const next = parent[last];
      parent = (typeof next === "object" && next !== null ? next : (parent[last] = {})) as Record<
        string,
        unknown
      >;
      last = part;
    }
    parent[last] = setting.secret ? cipher.keep(parent[last], setting.value) : setting.value;
  }
  const after: StackFile = { encryptionsalt: cipher.salt, config };
  if (!isDeepStrictEqual(before, after)) writeWhole(path, stringify(after));
}

/** `mesh-six:secrets.a.b` is the entry b of a of `mesh-six:secrets`. */
function splitPath(key: string): string[] {
  const namespace = key.indexOf(":") + 1;
  const [first = "", ...rest] = key.slice(namespace).split(".");
  return [key.slice(0, namespace) + first, ...rest];
}

/**
 * Pulumi's passphrase encryption (github.com/pulumi/pulumi, pkg/secrets/passphrase and sdk/go/common/resource/config):
 * a key derived from the passphrase by PBKDF2-SHA256 with a million rounds, AES-256-GCM with a nonce per value.
 */
class PassphraseCipher {
  readonly salt: string;
  readonly #key: Buffer;

  private constructor(salt: string, key: Buffer) {
    this.salt = salt;
    this.#key = key;
  }

  static open(passphrase: string, salt: string | undefined): PassphraseCipher {
    const derive = (bytes: Buffer) => pbkdf2Sync(passphrase, bytes, 1_000_000, 32, "sha256");
    if (salt !== undefined) {
      const [, bytes = ""] = salt.split(":");
      return new PassphraseCipher(salt, derive(Buffer.from(bytes, "base64")));
    }
    const bytes = randomBytes(8);
    const key = derive(bytes);
    // The known word lets Pulumi tell a wrong passphrase from a damaged value.
    const proof = new PassphraseCipher("", key).#encrypt("pulumi");
    return new PassphraseCipher(`v1:${bytes.toString("base64")}:${proof}`, key);
  }

  /** The encrypted value as it stands if it still says the same, else newly encrypted. */
  keep(present: unknown, value: string): { secure: string } {
    const secure = (present as { secure?: unknown } | undefined)?.secure;
    if (typeof secure === "string" && this.#decrypt(secure) === value) return { secure };
    return { secure: this.#encrypt(value) };
  }

  #encrypt(value: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  }

  #decrypt(text: string): string | undefined {
    const [, nonce = "", sealed = ""] = text.split(":");
    const bytes = Buffer.from(sealed, "base64");
    try {
      const cipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64"));
      cipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}
