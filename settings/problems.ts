import * as pulumi from "@pulumi/pulumi";
import { lineOf, type Problem } from "../lib/text/problem.ts";
import { shellQuoted } from "../lib/text/shellQuoted.ts";
import { withoutPasswords } from "../lib/text/withoutPasswords.ts";

/** Everything that is wrong with the settings, found in one pass; shown by the engine without a stack trace. */
export class SettingsError extends pulumi.RunError {
  override readonly name = "SettingsError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 setting has" : `${problems.length} settings have`;
    super(
      [
        `${count} to be put right before anything is changed:`,
        ...problems.map((one) => `  - ${lineOf(one)}`),
      ].join("\n"),
    );
    this.problems = problems;
  }
}

/** The problem of a setting: the expected and the found value, and the command that mends it. */
export function problem(setting: string, expected: string, got: string, remedy: string): Problem {
  return { said: `mesh-six:${setting}: expected ${expected}, got ${got}`, remedy };
}

/** Names of settings whose longer values Pulumi takes for secrets, and then refuses to store as they are. */
const suspicious = /pass|pwd|secret|token/i;

/**
 * The command that sets a value; a path within a structure needs `--path`, a secret is stored encrypted. `text` is for
 * a value that the command would take for a number or a truth value otherwise.
 */
export function setCommand(
  path: readonly PropertyKey[],
  value: string,
  secret: boolean,
  text = false,
): string {
  const plain = !secret && suspicious.test(String(path[0])) && value.length > 9;
  const stored = secret ? "--secret " : plain ? "--plaintext " : "";
  const flags = `${stored}${path.length > 1 ? "--path " : ""}${text ? "--type string " : ""}`;
  const key = `mesh-six:${propertyPath(path)}`;
  return `pulumi config set ${flags}${shellQuoted(key)}${secret ? "" : ` ${shellQuoted(value)}`}`;
}

/** Pulumi's notation of a path: names joined by dots, in brackets where they hold a dot or are a number. */
export function propertyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      const text = String(part);
      if (/[.[\]"]/.test(text)) return `["${text}"]`;
      return index === 0 ? text : `.${text}`;
    })
    .join("");
}

/** A value as it may be shown; secrets, passwords in addresses and long values are not. */
export function shown(value: unknown, secret: boolean): string {
  if (secret) return "a secret value that is not";
  if (value === undefined) return "nothing";
  const text = withoutPasswords(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
