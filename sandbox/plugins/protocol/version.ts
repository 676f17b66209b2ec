import { readFileSync } from "node:fs";

/** The version of the official plugin a stand-in takes the place of: that of its npm package in this project. */
export function versionOf(name: string): string {
  const manifest = new URL(`../../../node_modules/@pulumi/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
