import { createHash } from "node:crypto";
import type { Board, BoardInputs, ComparedBoard, FieldSpec, OptionColour, OptionSpec } from "./model.ts";
import { isMarked, readmeInDigest, unmarkedReadme, type RepositoryKey } from "./identity/marker.ts";
import { fieldOf } from "./plan.ts";
import { meddling } from "./workflows.ts";

/** The board as the inputs want it. */
export function wanted(inputs: BoardInputs, adopted: boolean): ComparedBoard {
  const { title, shortDescription, public: isPublic, statusOptions, fields } = inputs;
  const readme = readmeInDigest(inputs.readme, inputs.repository);
  return {
    ...(adopted
      ? { marker: "taken over" }
      : { about: { title, shortDescription, readme, public: isPublic, closed: false } }),
    statusOptions: plain(statusOptions),
    fields: byName(
      fields.map(({ name, type, options }) => ({ name, type, ...(options && { options: plain(options) }) })),
    ),
  };
}

/** The inputs that decide how a board is compared. */
export interface Look extends RepositoryKey {
  /** Names of the fields besides Status that matter. */
  readonly fields: readonly string[];
  readonly adopted: boolean;
  readonly keepWorkflows: boolean;
}

/** The board as it is. */
export function seen(board: Board, look: Look): ComparedBoard {
  const { fields, adopted, keepWorkflows } = look;
  const found = fields.flatMap((name): FieldSpec[] => {
    const field = fieldOf(board, name);
    if (!field) return [];
    const type = field.dataType as FieldSpec["type"];
    return [{ name, type, ...(type === "SINGLE_SELECT" && { options: plain(field.options) }) }];
  });
  const workflows = adopted || keepWorkflows ? [] : meddling(board).map(({ name }) => name);
  return {
    ...(adopted
      ? isMarked(board.readme, look, "taken over") && { marker: "taken over" }
      : { about: aboutOf(board, look) }),
    statusOptions: plain(fieldOf(board, "Status")?.options),
    fields: byName(found),
    ...(workflows.length > 0 && { workflows: workflows.toSorted() }),
  };
}

function aboutOf(board: Board, look: Look): NonNullable<ComparedBoard["about"]> {
  const isOurs = isMarked(board.readme, look, "made by it");
  return {
    title: board.title,
    shortDescription: board.shortDescription ?? "",
    readme: isOurs ? readmeInDigest(unmarkedReadme(board.readme), look.repository) : (board.readme ?? ""),
    public: board.public,
    closed: board.closed,
  };
}

/** A short text that differs where two boards do: all that the state keeps of it. */
export function digestOf(board: ComparedBoard): string {
  return createHash("sha256").update(JSON.stringify(board)).digest("hex").slice(0, 16);
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
