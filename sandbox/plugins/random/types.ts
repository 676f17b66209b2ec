import { randomBytes, randomUUID } from "node:crypto";
import { differences } from "../protocol/differences.ts";
import type { Created, ResourceType } from "../protocol/plugin.ts";
import { secret, UNKNOWN, type Properties, type Value } from "../protocol/values.ts";
import { impossible, randomText, withDefaults } from "./characters.ts";

interface Generator {
  /** The inputs with the official plugin's defaults. */
  settings(inputs: Properties): Properties;
  /** @returns the name of the offending input and what is wrong with it */
  problem(settings: Properties): { property: string; reason: string } | undefined;
  generate(settings: Properties): Created;
  /** The resource whose value is known already, for an import by id. */
  adopt?(id: string): Created;
  /** Outputs that only the generated value decides: unknown in a preview. */
  readonly generated: readonly string[];
  readonly secret: readonly string[];
}

const identity = (inputs: Properties) => inputs;
const inputNames = ["length", "lower", "upper", "numeric", "number", "special", "overrideSpecial", "keepers"];
const minimums = ["minLower", "minUpper", "minNumeric", "minSpecial"];

function positive(property: string) {
  return (settings: Properties) => {
    const value = settings[property];
    if (value === UNKNOWN || (typeof value === "number" && value >= 1)) return undefined;
    return { property, reason: `expected a number of at least 1; got ${JSON.stringify(value)}` };
  };
}

function textOutputs(settings: Properties, result: string, id: string): Created {
  const known = Object.entries(settings).filter(([key]) => [...inputNames, ...minimums].includes(key));
  return { id, outputs: { ...Object.fromEntries(known), id, result } };
}

function text(idOf: (result: string) => string, hidden: readonly string[]): Generator {
  return {
    settings: withDefaults,
    problem: (settings) => {
      const reason = Object.values(settings).includes(UNKNOWN) ? undefined : impossible(settings);
      return reason === undefined ? undefined : { property: "length", reason };
    },
    generate: (settings) => {
      const result = randomText(settings);
      return textOutputs(settings, result, idOf(result));
    },
    adopt: (result) => textOutputs(withDefaults({ length: result.length }), result, idOf(result)),
    generated: ["result"],
    secret: hidden,
  };
}

const identifier: Generator = {
  settings: identity,
  problem: positive("byteLength"),
  generate: (settings) => {
    const bytes = randomBytes(Number(settings["byteLength"]));
    const prefix = typeof settings["prefix"] === "string" ? settings["prefix"] : "";
    const id = bytes.toString("base64url");
    const hex = bytes.toString("hex");
    const forms = { b64Std: bytes.toString("base64"), b64Url: id, hex, dec: BigInt(`0x${hex}`).toString() };
    const prefixed = Object.entries(forms).map(([form, value]) => [form, prefix + value] as const);
    return { id, outputs: { ...settings, ...Object.fromEntries(prefixed), id } };
  },
  generated: ["b64Std", "b64Url", "hex", "dec"],
  secret: [],
};

const bytes: Generator = {
  settings: identity,
  problem: positive("length"),
  generate: (settings) => bytesOutputs(randomBytes(Number(settings["length"])), settings),
  adopt: (id) => bytesOutputs(Buffer.from(id, "base64"), {}),
  generated: ["base64", "hex"],
  secret: ["base64", "hex"],
};

function bytesOutputs(value: Buffer, settings: Properties): Created {
  const base64 = value.toString("base64");
  return { id: base64, outputs: { length: value.length, ...settings, base64, hex: value.toString("hex") } };
}

const uuid: Generator = {
  settings: identity,
  problem: () => undefined,
  generate: (settings) => {
    const result = randomUUID();
    return { id: result, outputs: { ...settings, id: result, result } };
  },
  adopt: (id) => ({ id, outputs: { id, result: id } }),
  generated: ["result"],
  secret: [],
};

const GENERATORS: Record<string, Generator> = {
  "random:index/randomPassword:RandomPassword": text(() => "none", ["result"]),
  "random:index/randomString:RandomString": text((result) => result, []),
  "random:index/randomId:RandomId": identifier,
  "random:index/randomBytes:RandomBytes": bytes,
  "random:index/randomUuid:RandomUuid": uuid,
};

export const served = Object.keys(GENERATORS);

/** The random type of this token; undefined when it is not among `served`. */
export function randomType(token: string): ResourceType | undefined {
  const generator = GENERATORS[token];
  if (!generator) return undefined;
  const hide = (outputs: Properties): Properties => {
    const hidden = generator.secret.map((key): [string, Value] => [key, secret(outputs[key] ?? null)]);
    return { ...outputs, ...Object.fromEntries(hidden) };
  };
  return {
    check: ({ news }) => {
      const problem = generator.problem(generator.settings(news));
      return { inputs: news, failures: problem ? [problem] : [] };
    },
    diff: ({ oldInputs, olds, news }) => {
      // After an import there are no old inputs to compare with but what the outputs say.
      const given = Object.keys(oldInputs).length > 0 ? oldInputs : olds;
      const before = generator.settings(given);
      const after = generator.settings(news);
      const named = new Set([...Object.keys(after), ...Object.keys(generator.settings(oldInputs))]);
      const compared = Object.fromEntries(Object.entries(before).filter(([key]) => named.has(key)));
      return { differences: differences(compared, after), replaces: () => true };
    },
    create: ({ inputs, preview }) => {
      const settings = generator.settings(inputs);
      if (!preview) {
        const { id, outputs } = generator.generate(settings);
        return Promise.resolve({ id, outputs: hide(outputs) });
      }
      const unknown = generator.generated.map((key): [string, Value] => [key, UNKNOWN]);
      return Promise.resolve({ id: "", outputs: hide({ ...settings, ...Object.fromEntries(unknown) }) });
    },
    read: ({ id, olds, oldInputs }) => {
      if (Object.keys(olds).length > 0)
        return Promise.resolve({ id, outputs: hide(olds), inputs: oldInputs });
      if (!generator.adopt)
        return Promise.reject(new Error(`${token} cannot be imported from an id; create a new one.`));
      const found = generator.adopt(id);
      const { length } = found.outputs;
      return Promise.resolve({
        ...found,
        outputs: hide(found.outputs),
        inputs: length === undefined ? {} : { length },
      });
    },
    update: ({ olds }) => Promise.resolve(hide(olds)),
    delete: () => Promise.resolve(),
  };
}
