import type * as pulumi from "@pulumi/pulumi";
import { ingredients, type SecretKind } from "./kinds.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { problem, propertyPath, setCommand } from "../problems.ts";
import type { Values } from "../read.ts";
import { nearest } from "../../lib/text/spelling.ts";
import { databaseSecret, same, standardSecrets } from "./standard.ts";
import type { SecretEntry } from "../structures.ts";

/** Source of one Secret's content. */
export type SecretSource =
  | {
      readonly source: "config";
      readonly kind: SecretKind;
      readonly values: Readonly<Record<string, pulumi.Output<string>>>;
    }
  | {
      readonly source: "generated";
      readonly kind: "opaque";
      readonly keys: readonly string[];
      readonly length: number;
    }
  | {
      readonly source: "cluster";
      readonly kind: SecretKind;
      readonly namespace: string;
      readonly name: string;
      readonly keys: Readonly<Record<string, string>>;
    }
  | {
      readonly source: "vault";
      readonly kind: SecretKind;
      readonly externalSecret: string;
      readonly remoteKey: string;
      readonly refreshInterval: string;
      readonly keys: Readonly<Record<string, string>>;
    };

/** The secrets to declare: the standard list with the operator's entries over it. */
export function secretSources(
  values: Values,
  secret: (value: string) => pulumi.Output<string>,
  problems: Problem[],
): Readonly<Record<string, SecretSource>> {
  const names = [...new Set([...Object.keys(standardSecrets), ...Object.keys(values.secrets)])];
  for (const name of Object.keys(values.secretValues).filter((n) => !names.includes(n))) {
    const meant = nearest(name, names);
    problems.push(
      problem(
        propertyPath(["secretValues", name]),
        "the name of a secret in mesh-six:secrets",
        "an unknown one",
        `${meant ? `did you mean ${meant}? ` : ""}${setCommand(["secrets", name, "source"], "config", false)}`,
      ),
    );
  }
  const sources: Record<string, SecretSource> = {};
  for (const name of names) {
    const source = resolve(name, values, secret, problems);
    if (source !== undefined) sources[name] = source;
  }
  return sources;
}

function resolve(
  name: string,
  values: Values,
  secret: (value: string) => pulumi.Output<string>,
  problems: Problem[],
): SecretSource | undefined {
  const given = values.secrets[name] ?? {};
  const standard = standardSecrets[name] ?? {};
  const source = given.source ?? standard.source;
  /** The field that is wrong, and what to set instead: it, or something in it. */
  const complain = (
    field: string,
    expected: string,
    got: string,
    [value, ...within]: readonly [string, ...PropertyKey[]],
    otherwise = "",
  ) =>
    problems.push(
      problem(
        propertyPath(["secrets", name, field]),
        expected,
        got,
        `${setCommand(["secrets", name, field, ...within], value, false)}${otherwise}`,
      ),
    );
  if (name === databaseSecret) {
    problems.push(
      problem(
        `secrets.${name}`,
        "no entry: it is made of the database's settings",
        "one",
        `pulumi config rm --path mesh-six:secrets.${name}`,
      ),
    );
    return undefined;
  }
  if (source === undefined) {
    complain("source", "one of config, generated, cluster, vault, none", "nothing", ["config"]);
    return undefined;
  }
  const ofConfig = values.secretValues[name];
  if (ofConfig !== undefined && source !== "config") {
    const given = `mesh-six:${propertyPath(["secretValues", name])}`;
    const without = `pulumi config rm --path '${given}'`;
    complain("source", `config, since ${given} is given`, source, ["config"], ` (or without it: ${without})`);
  }
  const moved = given.source !== undefined && given.source !== standard.source;
  const usual = keyMap(standard.keys);
  const keys = keyMap(given.keys) ?? (moved && usual !== undefined ? same(...Object.keys(usual)) : usual);
  const kind = given.kind ?? standard.kind ?? "opaque";
  if ((source === "cluster" || source === "vault") && keys !== undefined && kind !== "opaque") {
    const { parts, finished } = ingredients[kind];
    if (keys[finished] === undefined && parts.some((part) => keys[part] === undefined)) {
      const got = Object.keys(keys).join(", ");
      complain("keys", `${finished}, or ${parts.join(" and ")}`, got, [finished, finished]);
    }
  }
  switch (source) {
    case "none":
      return undefined;
    case "config":
      return { source, kind, values: configValues(name, kind, keys, ofConfig, secret, problems) };
    case "generated":
      if (kind !== "opaque") {
        complain("source", "config, cluster or vault, for nobody knows a login made up here", source, [
          "config",
        ]);
      }
      if (keys === undefined) complain("keys", "the keys to generate", "nothing", ["password", 0]);
      return {
        source,
        kind: "opaque",
        keys: Object.keys(keys ?? {}),
        length: given.length ?? standard.length ?? 40,
      };
    case "cluster": {
      const from = given.from ?? standard.from;
      if (from === undefined) {
        complain("from", "the Secret to read (namespace and name)", "nothing", ["NAMESPACE", "namespace"]);
      } else if (from.namespace === values.namespace && from.name === name) {
        complain("from", "another Secret", "this very Secret", ["NAMESPACE", "namespace"]);
      }
      if (keys === undefined) complain("keys", "the keys to copy", "nothing", ["password", 0]);
      return { source, kind, namespace: from?.namespace ?? "", name: from?.name ?? "", keys: keys ?? {} };
    }
    case "vault":
      if (keys === undefined)
        complain("keys", "each key with its property in Vault", "nothing", ["PROPERTY", "KEY"]);
      return {
        source,
        kind,
        externalSecret: given.externalSecret ?? standard.externalSecret ?? name,
        remoteKey: given.remoteKey ?? standard.remoteKey ?? values.vaultKey,
        refreshInterval: given.refreshInterval ?? standard.refreshInterval ?? "1h",
        keys: keys ?? {},
      };
  }
}

function keyMap(keys: SecretEntry["keys"]): Record<string, string> | undefined {
  return Array.isArray(keys) ? same(...keys) : keys;
}

/** The values of a secret from config; which parts are needed follows from its keys and kind. */
function configValues(
  name: string,
  kind: SecretKind,
  keys: Readonly<Record<string, string>> | undefined,
  given: Readonly<Record<string, string>> = {},
  secret: (value: string) => pulumi.Output<string>,
  problems: Problem[],
): Record<string, pulumi.Output<string>> {
  const needed = neededValues(kind, keys, given);
  for (const key of needed.filter((k) => (given[k] ?? "") === "")) {
    const path = ["secretValues", name, key];
    problems.push(problem(propertyPath(path), "a value", "nothing", setCommand(path, "", true)));
  }
  return Object.fromEntries(Object.keys(given).map((key) => [key, secret(given[key]!)]));
}

function neededValues(
  kind: SecretKind,
  keys: Readonly<Record<string, string>> | undefined,
  given: Readonly<Record<string, string>>,
): readonly string[] {
  if (kind !== "opaque") {
    const { parts, finished } = ingredients[kind];
    return given[finished] === undefined ? parts : [finished];
  }
  const names = Object.keys(keys ?? given);
  return names.length === 0 ? ["KEY"] : names;
}
