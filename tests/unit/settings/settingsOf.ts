import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../../../settings/settings.ts";
import { lineOf } from "../../../lib/text/problem.ts";
import { SettingsError } from "../../../settings/problems.ts";

/** The least a stack has to give: what is secret and has no default. */
export const secrets: Record<string, string> = {
  databaseAdminPassword: "canary-admin",
  githubToken: "canary-token",
  secretValues: JSON.stringify({
    "rabbitmq-secret": { username: "mesh", password: "canary-mq" },
    "gitea-registry-secret": { password: "canary-registry" },
    "github-secret": { token: "canary-github" },
  }),
};

/** Reads the settings of a stack that gives these values and the secrets. */
export function read(
  values: Record<string, string> = {},
  options: { secrets?: Record<string, string>; clear?: string[]; encrypted?: string[] } = {},
) {
  const given = { ...(options.secrets ?? secrets), ...values };
  const config = Object.fromEntries(Object.entries(given).map(([key, value]) => [`mesh-six:${key}`, value]));
  const encrypted = [...Object.keys(secrets), "databaseUrl", ...(options.encrypted ?? [])].filter(
    (key) => !options.clear?.includes(key),
  );
  pulumi.runtime.setAllConfig(
    config,
    encrypted.map((key) => `mesh-six:${key}`),
  );
  return readSettings();
}

/** The problems of such a stack; never a secret, a line each. */
export function problems(...args: Parameters<typeof read>): readonly string[] {
  try {
    read(...args);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    assert.equal(/canary/.test(error.message), false, "a message never shows a secret");
    const lines = error.problems.map(lineOf);
    for (const line of lines) assert.equal(line.includes("\n"), false);
    return lines;
  }
  assert.fail("expected the settings to be refused");
}

/** The one thing that is wrong. */
export const only = (...args: Parameters<typeof read>): string => {
  const all = problems(...args);
  assert.equal(all.length, 1, all.join("\n"));
  return all[0]!;
};
