import { isObject, textOf, type Value } from "../protocol/values.ts";

type Step = { key: string } | { index: number } | { field: string; equals: string };

const STEP = new RegExp(
  [
    String.raw`\.((?:\\.|[^.[\\])+)`, // .key, with dots in it escaped
    String.raw`\['([^']*)'\]`, // ['key']
    String.raw`\[(\d+)\]`, // [0]
    String.raw`\[\?\(@\.([\w-]+)\s*==\s*["']([^"']*)["']\)\]`, // [?(@.type=="Ready")]
  ].join("|"),
  "y",
);

/**
 * The steps of a path in kubectl's JSONPath, as far as waits need it: keys, indexes, and filters by equality.
 *
 * @throws on anything else
 */
function steps(path: string): Step[] {
  const found: Step[] = [];
  STEP.lastIndex = 0;
  let position = 0;
  while (position < path.length) {
    const match = STEP.exec(path);
    if (!match) throw new Error(`expected a JSONPath of keys, indexes and filters by equality; got ${path}`);
    const [, key, quoted, index, field, equals] = match;
    if (index !== undefined) found.push({ index: Number(index) });
    else if (field !== undefined) found.push({ field, equals: equals ?? "" });
    else found.push({ key: quoted ?? (key ?? "").replaceAll(/\\(.)/g, "$1") });
    position = STEP.lastIndex;
  }
  return found;
}

/** The value at `path` (without the braces); undefined where there is none. */
export function valueAt(object: Value, path: string): Value | undefined {
  let value: Value | undefined = object;
  for (const step of steps(path)) {
    if ("key" in step) value = isObject(value) ? value[step.key] : undefined;
    else if (!Array.isArray(value)) value = undefined;
    else if ("index" in step) value = value[step.index];
    else value = value.find((item) => isObject(item) && textOf(item[step.field]) === step.equals);
  }
  return value;
}
