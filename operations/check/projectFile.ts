import { stringify } from "yaml";
import type { Declaration } from "../../settings/declaration.ts";

/**
 * Pulumi.yaml with the settings as the program declares them; what stands above `config:` stays.
 *
 * A secret has an empty default and no mark: without a default the engine would stop at each one that is not set, and
 * a mark would make it demand an encrypted value of every stack.
 */
export function projectFile(text: string, declarations: Readonly<Record<string, Declaration>>): string {
  const at = text.indexOf("\nconfig:\n");
  if (at < 0) throw new Error("Pulumi.yaml: expected a line config:, got none");
  const config = Object.fromEntries(
    Object.entries(declarations).map(([key, { type, items, description, default: fallback }]) => [
      key,
      { type, ...(items === undefined ? {} : { items: { type: items } }), description, default: fallback },
    ]),
  );
  return `${text.slice(0, at + 1)}${stringify({ config }, { lineWidth: 0 })}`;
}
