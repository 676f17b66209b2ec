import * as z from "zod";
import { refName } from "./formats.ts";

const filled = z.string().min(1);
const colour = z.enum(["GRAY", "BLUE", "GREEN", "YELLOW", "ORANGE", "RED", "PINK", "PURPLE"]);

const option = z.strictObject({
  name: filled,
  color: colour.default("GRAY"),
  description: z.string().default(""),
});

type OptionInput = z.input<typeof option>;

/** Options of Status, in the order of the work. */
const statusOptions: OptionInput[] = [
  { name: "Todo", color: "GRAY" },
  { name: "Planning", color: "BLUE" },
  { name: "In Progress", color: "YELLOW" },
  { name: "QA", color: "ORANGE" },
  { name: "Review", color: "PURPLE" },
  { name: "Done", color: "GREEN" },
  { name: "Blocked", color: "RED" },
];

const priorities: OptionInput[] = [
  { name: "Critical", color: "RED" },
  { name: "High", color: "ORANGE" },
  { name: "Medium", color: "YELLOW" },
  { name: "Low", color: "GRAY" },
];

const field = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ name: filled, type: z.literal("TEXT") }),
    z.strictObject({
      name: filled,
      type: z.literal("SINGLE_SELECT"),
      options: z.array(option).min(1).max(50),
    }),
  ],
  { error: "TEXT or SINGLE_SELECT" },
);

const board = z.strictObject({
  title: z.string().default("").describe("empty for “NAME Workflow”"),
  shortDescription: z.string().default(""),
  readme: z.string().default(""),
  public: z.boolean().default(false),
  statusOptions: z
    .array(option)
    .min(1)
    .max(50)
    .prefault(statusOptions)
    .describe("options of Status in their order"),
  statusRenames: z
    .record(filled, filled)
    .default({})
    .describe("old name → new name; the option and its cards stay"),
  statusMoves: z
    .record(filled, filled)
    .default({})
    .describe("name of an option that goes → the one its cards move to first"),
  fields: z
    .array(field)
    .prefault([
      { name: "Session ID", type: "TEXT" },
      { name: "Pod Name", type: "TEXT" },
      { name: "Workflow ID", type: "TEXT" },
      { name: "Priority", type: "SINGLE_SELECT", options: priorities },
    ])
    .describe("further fields: `{name, type: TEXT}` or `{name, type: SINGLE_SELECT, options}`"),
  views: z
    .array(z.strictObject({ name: filled, layout: z.enum(["board", "table", "roadmap"]) }))
    .default([{ name: "Board", layout: "board" }]),
  /** Keep the workflows that GitHub enables on a new board, such as "Item closed". */
  keepWorkflows: z.boolean().default(false),
});

/** One repository with its board, and its row in `repo_registry`. */
const repository = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, { error: "a repository's name" })
    .describe("the repository, in `githubOrganization`"),
  renamedFrom: z
    .string()
    .default("")
    .describe("the entry's name before: repository, board and row get the new name and stay the same ones"),
  description: z.string().default(""),
  public: z.boolean().default(true),
  visibility: z
    .enum(["public", "private", "internal"])
    .optional()
    .describe(
      "instead of `public`: `internal` is for an enterprise, whose managed users have no public ones",
    ),
  template: z
    .string()
    .default("")
    .describe(
      "folder below `templates/` to seed it with, without what its `.gitignore` ignores and `.env` files; empty for none",
    ),
  tag: refName.default("baseline").describe("tag on the seed's commit"),
  moveTag: z
    .boolean()
    .default(false)
    .describe("move the tag to the seed's commit when it is elsewhere, as after a change of the template"),
  adopt: z
    .boolean()
    .default(false)
    .describe("take over repository, files, tag and board that are there; they stay people's"),
  serviceName: z.string().default("").describe("key of the row; empty for the repository's name"),
  defaultBranch: refName
    .default("main")
    .describe("where the template's files go, and a column of the row; a new repository's gets that name"),
  cicdType: filled.default("github-actions").describe("column of the row"),
  triggerMethod: filled.default("project-board").describe("column of the row"),
  deployUrl: z.string().default("").describe("where the deployed service answers; empty for nowhere"),
  board: board.prefault({}).describe("see below"),
});

export const repositories = z.array(repository);

export type Repository = z.infer<typeof repository>;

/** The title of a repository's board where its entry names none. */
export function boardTitle({ name, board }: Pick<Repository, "name" | "board">): string {
  return board.title || `${name} Workflow`;
}
