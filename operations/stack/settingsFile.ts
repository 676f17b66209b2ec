import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { projectRoot } from "./environment.ts";

/** Path of the file that holds the stack's settings: the one Pulumi's own variable names, else the usual one. */
export function settingsFile(stack: string, environment: NodeJS.ProcessEnv = process.env): string {
  // `organization/project/stack` names a stack of Pulumi Cloud; the file has its last part.
  return (
    environment["PULUMI_OPTION_CONFIG_FILE"] ??
    join(projectRoot, `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`)
  );
}

/** A setting as it stands in the file; undefined where it is not set or the file is missing. */
export function plainSetting(file: string, name: string): unknown {
  const config = parseDocument(textOf(file)).toJS() as { config?: Record<string, unknown> } | null;
  return config?.config?.[`mesh-six:${name}`];
}

/**
 * Puts one setting that is no secret into the file, or takes it out. Comments and all other settings stay; the file
 * is replaced by one rename, so that a kill leaves the old one or the new one.
 */
export function writePlainSetting(file: string, name: string, value: object | undefined): void {
  const document = parseDocument(textOf(file));
  if (document.errors[0] !== undefined)
    throw new Error(`${file}: expected YAML, got ${document.errors[0].message.split("\n")[0] ?? "none"}`);
  const path = ["config", `mesh-six:${name}`];
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, document.createNode(value));
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0o644;
  const unfinished = `${file}.unfinished`;
  writeFileSync(unfinished, document.toString({ lineWidth: 0 }), { mode });
  renameSync(unfinished, file);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
