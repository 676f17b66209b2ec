import { readFileSync } from "node:fs";

/** What a stand-in may write to: the sandbox's own services, by the JSON file that MESH_SIX_SANDBOX names. */
interface Targets {
  /** API servers' URLs. */
  readonly cluster: readonly string[];
  /** `host:port` of database servers. */
  readonly database: readonly string[];
  /** Base URLs of GitHubs. */
  readonly github: readonly string[];
}

/**
 * Lets a stand-in go on only with what belongs to the sandbox, or with anything after `--allow-stand-ins`
 * (MESH_SIX_ALLOW_STAND_INS=1).
 *
 * @throws before anything was sent, naming the target
 */
export function allow(kind: keyof Targets, target: string): void {
  if (process.env["MESH_SIX_ALLOW_STAND_INS"] === "1") return;
  const known = targets()[kind].map(normalized);
  if (known.includes(normalized(target))) return;
  const sandbox =
    known.length > 0 ? `the sandbox's is ${known.join(", ")}` : "no sandbox is named (MESH_SIX_SANDBOX)";
  throw new Error(
    `The stand-in plugin refuses the ${kind} ${target}: ${sandbox}. ` +
      `Install the official plugin for anything else, or say --allow-stand-ins (MESH_SIX_ALLOW_STAND_INS=1).`,
  );
}

function targets(): Targets {
  const file = process.env["MESH_SIX_SANDBOX"];
  if (file === undefined || file === "") return { cluster: [], database: [], github: [] };
  const listed = JSON.parse(readFileSync(file, "utf8")) as Record<string, readonly string[] | undefined>;
  return {
    cluster: listed["clusters"] ?? [],
    database: listed["databases"] ?? [],
    github: listed["githubs"] ?? [],
  };
}

function normalized(target: string): string {
  return target.toLowerCase().replace(/\/+$/, "");
}
