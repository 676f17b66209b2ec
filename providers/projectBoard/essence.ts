import { createHash } from "node:crypto";
import type { Board, BoardInputs, Essence, FieldSpec, OptionColour, OptionSpec } from "./model.ts";
import { markedReadme } from "./marker.ts";
import { fieldOf } from "./plan.ts";

/** What the inputs want. */
export function wanted(inputs: BoardInputs, adopted: boolean): Essence {
  const { title, shortDescription, public: isPublic, statusOptions, fields } = inputs;
  const readme = markedReadme(inputs.readme, inputs.repository);
  return {
    about: adopted ? undefined : { title, shortDescription, readme, public: isPublic, closed: false },
    statusOptions: plain(statusOptions),
    fields: byName(
      fields.map(({ name, type, options }) => ({ name, type, ...(options && { options: plain(options) }) })),
    ),
  };
}

/** What the board is, as far as the fields of these names go. */
export function seen(board: Board, fields: readonly string[], adopted: boolean): Essence {
  const found = fields.flatMap((name): FieldSpec[] => {
    const field = fieldOf(board, name);
    if (!field) return [];
    const type = field.dataType as FieldSpec["type"];
    return [{ name, type, ...(type === "SINGLE_SELECT" && { options: plain(field.options) }) }];
  });
  return {
    about: adopted
      ? undefined
      : {
          title: board.title,
          shortDescription: board.shortDescription ?? "",
          readme: board.readme ?? "",
          public: board.public,
          closed: board.closed,
        },
    statusOptions: plain(fieldOf(board, "Status")?.options),
    fields: byName(found),
  };
}

/** A short text that differs where two boards do: all that the state keeps of it. */
export function digestOf(essence: Essence): string {
  return createHash("sha256").update(JSON.stringify(essence)).digest("hex").slice(0, 16);
}

/** Without ids, the members in one order: the engine sorts them as it likes. */
function plain(
  options: readonly { name: string; color: string; description: string }[] = [],
): readonly OptionSpec[] {
  return options.map(({ name, color, description }) => ({ name, color: color as OptionColour, description }));
}

function byName(fields: readonly FieldSpec[]): readonly FieldSpec[] {
  return fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
