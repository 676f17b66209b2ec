import { randomInt } from "node:crypto";
import { objectAt, type Properties } from "../protocol/values.ts";

const CLASSES = [
  { name: "numeric", minimum: "minNumeric", characters: "0123456789" },
  { name: "lower", minimum: "minLower", characters: "abcdefghijklmnopqrstuvwxyz" },
  { name: "upper", minimum: "minUpper", characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  { name: "special", minimum: "minSpecial", characters: "!@#$%&*()-_=+[]{}<>:?" },
] as const;

/** The inputs of a RandomPassword or RandomString with every default of the official plugin filled in. */
export function withDefaults(inputs: Properties): Properties {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  return {
    lower: true,
    upper: true,
    special: true,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
    ...inputs,
    numeric,
    number: numeric,
  };
}

/** @returns why no such text can be made, or undefined */
export function impossible(settings: Properties): string | undefined {
  const length = settings["length"];
  if (typeof length !== "number" || length < 1) return "expected a length of at least 1";
  const minimum = CLASSES.reduce((sum, { minimum }) => sum + Number(settings[minimum]), 0);
  if (minimum > length)
    return `expected a length of at least ${minimum}, the sum of the minimums; got ${length}`;
  if (allowed(settings) === "") return "expected at least one kind of character to be allowed; none is";
  return undefined;
}

function charactersOf(settings: Properties, { name, characters }: (typeof CLASSES)[number]): string {
  const override = settings["overrideSpecial"];
  return name === "special" && typeof override === "string" && override !== "" ? override : characters;
}

function allowed(settings: Properties): string {
  return CLASSES.filter(({ name }) => settings[name] === true)
    .map((one) => charactersOf(settings, one))
    .join("");
}

/** A random text by the rules of `withDefaults(inputs)`: at least the minimum of each kind, in random order. */
export function randomText(inputs: Properties): string {
  const settings = withDefaults(objectAt(inputs));
  const picked = CLASSES.flatMap((one) => {
    return Array.from({ length: Number(settings[one.minimum]) }, () => pick(charactersOf(settings, one)));
  });
  const all = allowed(settings);
  while (picked.length < Number(settings["length"])) picked.push(pick(all));
  return shuffle(picked).join("");
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

/** Fisher and Yates's shuffle. */
function shuffle(items: string[]): string[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? "", shuffled[last] ?? ""];
  }
  return shuffled;
}
