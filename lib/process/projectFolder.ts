import { resolve } from "node:path";
import process from "node:process";

/**
 * The absolute path of a folder that is given relative to the project's. MESH_SIX_ROOT names the project's folder where
 * the working directory is another.
 */
export function projectFolder(directory: string): string {
  return resolve(process.env["MESH_SIX_ROOT"] ?? process.cwd(), directory);
}
