import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import type { Declaration } from "../../../settings/declaration.ts";
import { declarations } from "../../../settings/allSettings.ts";

interface ProjectSetting {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly description: string;
  readonly default: unknown;
  readonly secret?: boolean;
}

const file = (name: string) =>
  parse(readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8")) as unknown;
const project = file("Pulumi.yaml") as { name: string; config: Record<string, ProjectSetting> };
const all = Object.entries(declarations as Record<string, Declaration>);

test("Pulumi.yaml declares exactly the settings of the program", () => {
  assert.deepEqual(
    Object.keys(project.config),
    all.map(([key]) => key),
  );
});

test("Pulumi.yaml gives each setting the program's type, default and description", () => {
  for (const [key, declaration] of all) {
    const declared = project.config[key];
    assert.equal(declared?.type, declaration.type, key);
    assert.equal(declared?.items?.type, declaration.items, key);
    assert.deepEqual(declared?.default, declaration.default, key);
    assert.equal(declared?.description, declaration.description, key);
  }
});

test("every default satisfies its own setting, so that an empty stack fails for missing secrets only", () => {
  for (const [key, declaration] of all) {
    assert.equal(declaration.schema.safeParse(declaration.default).success, true, key);
  }
});

test("no secret has a default, and none is marked in Pulumi.yaml, where the engine would demand it of every stack", () => {
  for (const [key, declaration] of all.filter(([, one]) => one.secret)) {
    assert.ok(
      ["", "{}"].includes(
        typeof declaration.default === "string" ? declaration.default : JSON.stringify(declaration.default),
      ),
      key,
    );
    assert.equal(project.config[key]?.secret, undefined, key);
  }
});

test("Pulumi.prod.yaml sets declared settings only, to values they accept, and no secret", () => {
  const { config } = file("Pulumi.prod.yaml") as { config: Record<string, string> };
  for (const [full, value] of Object.entries(config)) {
    const [namespace, key] = full.split(":");
    assert.equal(namespace, "mesh-six");
    const declaration = (declarations as Record<string, Declaration>)[key!];
    assert.ok(declaration, `${full} is declared`);
    assert.equal(declaration.secret, false, full);
    const typed = declaration.type === "boolean" ? value === "true" : value;
    assert.equal(declaration.schema.safeParse(typed).success, true, full);
  }
});
