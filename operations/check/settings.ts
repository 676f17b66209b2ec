/** Writes Pulumi.yaml's settings and the tables of docs/settings.md, or tells whether they are as declared. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import type { Declaration } from "../../settings/declaration.ts";
import { declarations } from "../../settings/allSettings.ts";
import { projectFile } from "./projectFile.ts";
import { settingsPage } from "./settingsPage.ts";

const declared: Readonly<Record<string, Declaration>> = declarations;
const write = process.argv.includes("--write");
const files = [
  ["Pulumi.yaml", (text: string) => projectFile(text, declared)],
  ["docs/settings.md", (text: string) => settingsPage(text, declared)],
] as const;

for (const [file, made] of files) {
  const before = readFileSync(file, "utf8");
  const after = await made(before);
  if (after === before) continue;
  if (write) {
    writeFileSync(file, after);
    console.log(`${file}: written`);
    continue;
  }
  console.log(`${file}: expected what settings/allSettings.ts declares, got something else`);
  process.exitCode = 1;
}
