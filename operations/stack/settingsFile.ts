import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { writeWhole } from "../../lib/process/files.ts";
import { projectRoot } from "./environment.ts";

/** Path of the file that holds the stack's settings: the one Pulumi's own variable names, else the usual one. */
export function settingsFile(stack: string, environment: NodeJS.ProcessEnv = process.env): string {
  // `organization/project/stack` names a stack of Pulumi Cloud; the file has its last part.
  return (
    environment["PULUMI_OPTION_CONFIG_FILE"] ??
    join(projectRoot, `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`)
  );
}

/**
 * A setting as it stands in the file; undefined where it is not set or the file is missing.
 *
 * @throws Error in one line where the file is no YAML
 */
export function plainSetting(file: string, name: string): unknown {
  const config = yamlOf(textOf(file), file).toJS() as { config?: Record<string, unknown> } | null;
  return config?.config?.[`mesh-six:${name}`];
}

/**
 * The text of a settings file.
 *
 * @param file - its name, for a person
 * @throws Error in one line where it is no YAML
 */
export function yamlOf(text: string, file: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error === undefined) return document;
  const said = (error.message.split("\n")[0] ?? "").replace(/:$/, "");
  throw new Error(`${file}: expected YAML, got other text: ${said}; mend the file`);
}

/** The text of a settings file with one setting that is no secret, or without it. Comments and all others stay. */
export function withPlainSetting(
  text: string,
  name: string,
  value: object | string | undefined,
  file = "settings",
): string {
  const document = yamlOf(text, file);
  const path = ["config", `mesh-six:${name}`];
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}

/** Writes a setting into the file. A kill leaves the old file or the new one. */
export function writePlainSetting(file: string, name: string, value: object | string | undefined): void {
  const text = withPlainSetting(textOf(file), name, value, file);
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0o644;
  writeWhole(file, text, mode);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
