import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, test } from "node:test";

const root = resolve(import.meta.dirname, "../..");
const folders =
  "{bench,components,lib,operations,policies,preflight,providers,sandbox,settings,tests,toolchain}/**/*.{ts,mjs}";
const files = ["index.ts", ...globSync(folders, { cwd: root })];

/** The modules that a file loads at its start; types are erased, and `import()` comes later. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"(\.[^"]+)"/gm);
  return [...statements].map(([, path = ""]) => relative(root, resolve(root, file, "..", path)));
}

/** The resolvers of a GraphQL schema need each other, as its types do: together they are one module. */
const schema = "sandbox/emulators/github/graphql/";

const moduleOf = (file: string) => (file.startsWith(schema) ? schema : file);

const graph = new Map<string, string[]>();
for (const file of files) {
  const at = moduleOf(file);
  const others = importsOf(file).map(moduleOf);
  graph.set(at, [...(graph.get(at) ?? []), ...others.filter((other) => other !== at)]);
}

function circles(): string[] {
  const found = new Set<string>();
  const finished = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.add([...way.slice(at), file].join(" → "));
    if (at >= 0 || finished.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return [...found];
}

describe("imports", () => {
  test("are found: the program's own file imports its components", () => {
    assert.ok(graph.get("index.ts")?.includes("components/dashboard.ts"));
  });

  test("form no circle of files that load each other", () => {
    assert.deepEqual(circles(), []);
  });
});
