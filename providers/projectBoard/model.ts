import type { Listed } from "../../lib/github/paging.ts";

/** Colours of a single-select option, as GitHub names them. */
export type OptionColour = "GRAY" | "BLUE" | "GREEN" | "YELLOW" | "ORANGE" | "RED" | "PINK" | "PURPLE";

/** An option as the settings want it. */
export interface OptionSpec {
  readonly name: string;
  readonly color: OptionColour;
  readonly description: string;
}

/** An option as the board has it. */
export interface Option extends OptionSpec {
  readonly id: string;
}

/** A field the board needs besides Status. */
export interface FieldSpec {
  readonly name: string;
  readonly type: "TEXT" | "SINGLE_SELECT";
  /** In this order; for single-select fields only. */
  readonly options?: readonly OptionSpec[];
}

/** A view the board needs; GitHub groups a board's columns by Status of its own accord. */
export interface ViewSpec {
  readonly name: string;
  readonly layout: "board" | "table" | "roadmap";
}

/** Inputs of the board resource. */
export interface BoardInputs {
  /** Login of the organization that owns the board. */
  readonly owner: string;
  /** `owner/name` of the repository the board is linked to; also what the board's marker names. */
  readonly repository: string;
  /** GraphQL node id of that repository. */
  readonly repositoryId: string;
  readonly title: string;
  readonly shortDescription: string;
  /** Text of the readme; the marker is kept after it. */
  readonly readme: string;
  readonly public: boolean;
  /** In this order. */
  readonly statusOptions: readonly OptionSpec[];
  /** Old name of an option of Status → its new one: the option and its cards stay. */
  readonly statusRenames: Readonly<Record<string, string>>;
  /** Name of an option to drop → the one its cards move to first. */
  readonly statusMoves: Readonly<Record<string, string>>;
  readonly fields: readonly FieldSpec[];
  readonly views: readonly ViewSpec[];
  /** Keep the workflows that GitHub enables on a new board; otherwise those that move or hide cards are switched off. */
  readonly keepWorkflows: boolean;
  /** Take over a board of this title that does not carry the marker. */
  readonly adopt: boolean;
  /** Delete the board with the resource; otherwise it stays. */
  readonly deleteOnDestroy: boolean;
  /** Name of the repository whose board's ids the receiver gets, so that a change of it is said. */
  readonly receiver?: string;
  /** Its name before, where it was renamed: the board is the same. */
  readonly receiverRenamedFrom?: string;
  /** Name by which GitHub's plugin knows the repository, where it is not that of today. */
  readonly repositoryKnownAs?: string;
}

/** Inputs that are left out where they say nothing: the state of every board would repeat them. */
type Optional =
  | "shortDescription"
  | "readme"
  | "public"
  | "statusRenames"
  | "statusMoves"
  | "keepWorkflows"
  | "adopt"
  | "deleteOnDestroy";

/** An option whose description is left out where there is none. */
type BriefOption = Omit<OptionSpec, "description"> & Partial<OptionSpec>;

/** The inputs as the state keeps them (storedInputs.ts). */
export interface StoredBoardInputs
  extends Omit<BoardInputs, Optional | "statusOptions" | "fields">, Partial<Pick<BoardInputs, Optional>> {
  readonly statusOptions: readonly BriefOption[];
  readonly fields: readonly (Omit<FieldSpec, "options"> & { readonly options?: readonly BriefOption[] })[];
}

/** The inputs that the outputs repeat; the rest of them is in `is`, for the state keeps inputs and outputs. */
type Repeated = "owner" | "repository" | "repositoryId" | "repositoryKnownAs" | "views" | "deleteOnDestroy";

/** The parts of a board that may differ from the inputs. */
export interface ComparedBoard {
  /** Left out for a board that people made: there these are theirs. */
  readonly about?: Pick<BoardInputs, "title" | "shortDescription" | "readme" | "public"> & {
    readonly closed: boolean;
  };
  /** The mark of a board that people made, as in its readme. */
  readonly marker?: "taken over";
  /** Enabled workflows that move or hide cards, where they are to be off; left out when there are none. */
  readonly workflows?: readonly string[];
  readonly statusOptions: readonly OptionSpec[];
  readonly fields: readonly FieldSpec[];
}

export type OptionIds = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Outputs of the board resource. */
export interface BoardOutputs extends Pick<BoardInputs, Repeated> {
  /** Digest of the board as it is on GitHub. */
  readonly is: string;
  /** The board as a refresh saw it, when it was not as it had been left. */
  readonly seen?: ComparedBoard;
  readonly projectId: string;
  readonly number: number;
  readonly url: string;
  readonly statusFieldId: string;
  /** Field name → id, of the fields in `fields`. */
  readonly fieldIds: Readonly<Record<string, string>>;
  /** Field name → option name → id, as the board was left: an option renamed by hand is known by it. */
  readonly optionIds: OptionIds;
  /** Whether the repository stays when its entry goes; undefined in states of before. */
  readonly keepsRepository?: boolean;
  /** The workflows that move or hide cards stay, because the settings say so. */
  readonly keepWorkflows?: boolean;
  /** They stay because GitHub refused to switch them off. */
  readonly workflowsRefused?: boolean;
  /** Whether it is linked to `repository`. */
  readonly linked: boolean;
  /** Whether people made the board: then its title, texts and visibility are theirs. */
  readonly adopted: boolean;
  /** Steps for a person, because GitHub's API cannot take them; each was looked up. */
  readonly checklist: readonly string[];
}

/** Abilities of a server that an older one lacks. */
export interface Server {
  /** It takes the ids of options, and so keeps them. */
  readonly optionIds: boolean;
  /** It lists archived cards when asked to. */
  readonly archive: boolean;
}

/** A field as the board has it. */
export interface Field {
  readonly id: string;
  readonly name: string;
  readonly dataType: string;
  /** Options of single-select fields. */
  readonly options?: readonly Option[];
}

/** A board as it is on GitHub, as far as the token sees it. */
export interface Board {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly shortDescription: string | null;
  readonly readme: string | null;
  readonly public: boolean;
  readonly closed: boolean;
  /** Login of the owner, which may have been renamed; undefined where GitHub does not say. */
  readonly owner: string | undefined;
  readonly repositories: Listed<{ readonly id: string; readonly nameWithOwner: string }>;
  readonly fields: Listed<Field>;
  readonly views: Listed<{ readonly name: string; readonly layout: string }>;
  readonly workflows: Listed<Workflow>;
}

/** A built-in workflow of a board, as in `Item closed`. */
export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}
