import { isDeepStrictEqual } from "node:util";

/**
 * The inputs that differ from what is recorded.
 *
 * @param manner - inputs that say how to go about it and not what there is to be: no reason to ask anybody
 */
export function changedInputs<Inputs extends object>(
  recorded: Readonly<Record<string, unknown>>,
  news: Inputs,
  manner: readonly (keyof Inputs)[],
): (keyof Inputs & string)[] {
  return Object.entries(news).flatMap(([key, value]) =>
    key === "__provider" || manner.includes(key as keyof Inputs) || isDeepStrictEqual(recorded[key], value)
      ? []
      : [key as keyof Inputs & string],
  );
}
