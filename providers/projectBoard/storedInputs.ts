import { isDeepStrictEqual } from "node:util";
import type { BoardInputs, StoredBoardInputs, FieldSpec, OptionSpec } from "./model.ts";

/** The values of inputs that are left out. */
const silent = {
  shortDescription: "",
  readme: "",
  public: false,
  statusRenames: {},
  statusMoves: {},
  keepWorkflows: false,
  adopt: false,
  deleteOnDestroy: false,
} as const;

/** The inputs without those that say nothing: the state of every board would repeat them. */
export function withoutDefaults(
  inputs: Omit<BoardInputs, "repositoryId">,
): Omit<StoredBoardInputs, "repositoryId"> {
  const { statusOptions, fields, ...rest } = inputs;
  const saidNothing = Object.entries(silent).flatMap(([key, nothing]) =>
    isDeepStrictEqual(rest[key as keyof typeof silent], nothing) ? [key] : [],
  );
  const said = Object.entries(rest).filter(([key]) => !saidNothing.includes(key));
  return {
    ...(Object.fromEntries(said) as Pick<BoardInputs, "owner" | "repository" | "title" | "views">),
    statusOptions: undescribed(statusOptions),
    fields: withOptions(fields, undescribed),
  };
}

/** The whole inputs again. */
export function withDefaults(inputs: StoredBoardInputs): BoardInputs {
  const { statusOptions, fields } = inputs;
  return {
    ...silent,
    ...inputs,
    statusOptions: described(statusOptions),
    fields: withOptions(fields, described),
  };
}

/** The fields with their options written in another way. */
function withOptions<Before, After>(
  fields: readonly (Omit<FieldSpec, "options"> & { readonly options?: readonly Before[] })[],
  write: (options: readonly Before[]) => readonly After[],
): (Omit<FieldSpec, "options"> & { readonly options?: readonly After[] })[] {
  return fields.map(({ options, ...field }) => ({
    ...field,
    ...(options === undefined ? {} : { options: write(options) }),
  }));
}

function undescribed(options: readonly OptionSpec[]): StoredBoardInputs["statusOptions"] {
  return options.map(({ description, ...option }) =>
    description === "" ? option : { ...option, description },
  );
}

function described(options: StoredBoardInputs["statusOptions"]): OptionSpec[] {
  return options.map((option) => ({ description: "", ...option }));
}
