/**
 * Makes the saved state of a version from a sandbox of that version, for savedState.test.ts. In a checkout of the
 * version, with a new folder D:
 *
 *     cp credentials.json D                                    # of this folder
 *     touch D/mesh-six-sandbox                                 # D/lock.db in version 0.1.0
 *     MESH_SIX_PLUGINS=stand-in npm run sandbox -- up --directory D
 *     npm run sandbox -- status --directory D                  # prints the lines for plain pulumi
 *     pulumi stack export --show-secrets | node save.ts D > VERSION.json
 *     npx prettier --write VERSION.json
 *
 * The secrets are those of credentials.json and random ones of a sandbox that is gone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { Exported } from "./state.ts";

/** Outputs and records of the moment that no version reads again. */
const ofTheMoment = new Set(["managedFields", "created", "modified", "sourcePosition", "stackTrace"]);

const [directory = ""] = process.argv.slice(2);
const { deployment } = (await json(process.stdin)) as Exported;
const ports = JSON.parse(readFileSync(join(directory, "ports.json"), "utf8")) as Record<string, number>;
const kept = JSON.stringify({ resources: deployment.resources }, (key, value: unknown) =>
  ofTheMoment.has(key) ? undefined : value,
);
const machine = new RegExp(`\\b(${Object.values(ports).join("|")})\\b`);
const readable = kept.replaceAll(/[A-Za-z0-9+/]{16,}={0,2}/g, (word) => {
  const text = Buffer.from(word, "base64").toString();
  return /^[\x20-\x7e]+$/.test(text) && machine.test(text) ? `{{base64 of ${text}}}` : word;
});
const movable = Object.entries(ports).reduce(
  (text, [service, port]) =>
    text.replaceAll(new RegExp(`\\b${String(port)}\\b`, "g"), `{{port of ${service}}}`),
  readable.replaceAll(directory, "{{directory}}"),
);
process.stdout.write(movable);
