import { readFileSync } from "node:fs";

/**
 * The servers that a stand-in is allowed to write to, by plugin: API servers' URLs, `host:port` of database servers,
 * GitHubs' base URLs. The sandbox lists its own services so in the JSON file that MESH_SIX_SANDBOX names.
 */
type Targets = Partial<Record<"kubernetes" | "postgresql" | "github", readonly string[]>>;

/**
 * Lets a stand-in go on only with what belongs to the sandbox, or with anything after `--allow-stand-ins`
 * (MESH_SIX_ALLOW_STAND_INS=1).
 *
 * @throws before anything was sent, naming the target
 */
export function allow(plugin: keyof Targets, target: string): void {
  if (process.env["MESH_SIX_ALLOW_STAND_INS"] === "1") return;
  const known = (targets()[plugin] ?? []).map(normalized);
  if (known.includes(normalized(target))) return;
  const sandbox =
    known.length > 0 ? `the sandbox's is ${known.join(", ")}` : "no sandbox is named (MESH_SIX_SANDBOX)";
  throw new Error(
    `The stand-in for Pulumi's ${plugin} plugin refuses ${target}: ${sandbox}. ` +
      `Install the official plugin for anything else, or say --allow-stand-ins (MESH_SIX_ALLOW_STAND_INS=1).`,
  );
}

function targets(): Targets {
  const file = process.env["MESH_SIX_SANDBOX"];
  return file === undefined || file === "" ? {} : (JSON.parse(readFileSync(file, "utf8")) as Targets);
}

function normalized(target: string): string {
  return target.toLowerCase().replace(/\/+$/, "");
}
