import { differences } from "../protocol/differences.ts";
import type { ChangeRequest, Failure, ResourceType } from "../protocol/plugin.ts";
import { secret, textOf, UNKNOWN, type Properties, type Value } from "../protocol/values.ts";

/** One kind of thing in PostgreSQL's catalogue, as the official plugin describes it. */
export interface CatalogueKind {
  readonly noun: string;
  /** The inputs that are served. */
  readonly inputs: readonly string[];
  /** Defaults that the official plugin fills in; noted in `__defaults` as it does. */
  readonly defaults: Properties;
  readonly required: readonly string[];
  readonly secret: readonly string[];
  readonly replaces: readonly string[];
  /** Values that only the server decides when they are not given. */
  readonly computed: readonly string[];
  idOf(inputs: Properties): string;
  /** The identifying inputs that an id stands for. */
  fromId(id: string): Properties;
  create(inputs: Properties): Promise<void>;
  /** The outputs, undefined when there is no such thing. @param known - inputs or earlier outputs */
  read(known: Properties): Promise<Properties | undefined>;
  update(change: Pick<ChangeRequest, "olds" | "oldInputs" | "news">): Promise<void>;
  delete(outputs: Properties): Promise<void>;
}

/** The kind as a resource type: inputs with defaults, differences by input, state read from the catalogue. */
export function catalogueType(kind: CatalogueKind): ResourceType {
  const hide = (properties: Properties): Properties => {
    const hidden = kind.secret.filter((key) => typeof properties[key] === "string");
    return {
      ...properties,
      ...Object.fromEntries(hidden.map((key): [string, Value] => [key, secret(properties[key] ?? null)])),
    };
  };
  const found = async (known: Properties): Promise<Properties> => {
    const outputs = await kind.read(known);
    if (outputs) return hide(outputs);
    throw new Error(
      `${kind.noun} ${kind.idOf(known)} is gone right after it was written: somebody else dropped it.`,
    );
  };

  return {
    check({ news, olds, name, randomSeed }) {
      const named = kind.required.includes("name") ? news : withName(news, olds, name, randomSeed);
      const missing = Object.entries(kind.defaults).filter(([key]) => named[key] === undefined);
      const defaulted = missing.map(([key]) => key);
      if (named !== news) defaulted.push("name");
      const failures: Failure[] = [
        ...kind.required
          .filter((key) => news[key] === undefined)
          .map((property) => ({ property, reason: "expected a value; got none" })),
        ...Object.keys(news)
          .filter((key) => !kind.inputs.includes(key) && !key.startsWith("__"))
          .map((property) => ({
            property,
            reason: `the stand-in does not serve it for a ${kind.noun}; use the official plugin`,
          })),
      ];
      const inputs = { ...Object.fromEntries(missing), ...named, __defaults: defaulted.sort() };
      return { inputs: hide(inputs), failures };
    },

    diff({ oldInputs, news }) {
      return {
        differences: differences(comparable(oldInputs), comparable(news)),
        replaces: (path) => kind.replaces.includes(path),
        deleteBeforeReplace: true,
      };
    },

    async create({ inputs, preview }) {
      if (preview) return { id: "", outputs: hide(foreseen(kind, inputs)) };
      await kind.create(inputs);
      return { id: kind.idOf(inputs), outputs: await found(inputs) };
    },

    async read({ id, olds, oldInputs }) {
      const known = Object.keys(olds).length > 0 ? olds : kind.fromId(id);
      const outputs = await kind.read(known);
      if (!outputs) return undefined;
      const keys = Object.keys(oldInputs).length > 0 ? Object.keys(comparable(oldInputs)) : kind.inputs;
      const live = keys.filter((key) => outputs[key] !== undefined && outputs[key] !== null);
      const kept = live.map((key): [string, Value] => [key, outputs[key] ?? null]);
      const inputs = { ...Object.fromEntries(kept), __defaults: oldInputs["__defaults"] ?? [] };
      return { id, outputs: hide(outputs), inputs: hide(inputs) };
    },

    async update({ olds, oldInputs, news, preview }) {
      if (preview) return hide({ ...olds, ...comparable(news) });
      await kind.update({ olds, oldInputs, news });
      return await found({ ...olds, ...news });
    },

    delete: ({ olds }) => kind.delete(olds),
  };
}

/** A name of its own, kept from the last time, as `role-1a2b3c4`. */
function withName(news: Properties, olds: Properties, name: string, seed: Uint8Array): Properties {
  if (news["name"] !== undefined) return news;
  const defaulted = Array.isArray(olds["__defaults"]) && olds["__defaults"].includes("name");
  const kept = defaulted ? olds["name"] : undefined;
  return { ...news, name: kept ?? `${name}-${Buffer.from(seed).toString("hex").slice(0, 7)}` };
}

function comparable(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));
}

function foreseen(kind: CatalogueKind, inputs: Properties): Properties {
  const unknown = kind.computed.map((key): [string, Value] => [key, UNKNOWN]);
  return { ...Object.fromEntries(unknown), ...comparable(inputs) };
}

/** An error of the server on one statement, as one line with its code; `remedy` by SQLSTATE. */
export function explain(error: unknown, what: string, remedy: Record<string, string> = {}): Error {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? textOf(error.code as Value) : "";
  if (code === "") return error instanceof Error ? error : new Error(message);
  return new Error(`${what}: ${message} (SQLSTATE ${code}). ${remedy[code] ?? ""}`.trim(), { cause: error });
}
