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
  /** Empty for "NAME Workflow". */
  title: z.string().default(""),
  shortDescription: z.string().default(""),
  readme: z.string().default(""),
  public: z.boolean().default(false),
  statusOptions: z.array(option).min(1).max(50).prefault(statusOptions),
  /** Old name → new name: the option and its cards stay. */
  statusRenames: z.record(filled, filled).default({}),
  /** Name of an option that goes → the one its cards move to. */
  statusMoves: z.record(filled, filled).default({}),
  fields: z.array(field).prefault([
    { name: "Session ID", type: "TEXT" },
    { name: "Pod Name", type: "TEXT" },
    { name: "Workflow ID", type: "TEXT" },
    { name: "Priority", type: "SINGLE_SELECT", options: priorities },
  ]),
  views: z
    .array(z.strictObject({ name: filled, layout: z.enum(["board", "table", "roadmap"]) }))
    .default([{ name: "Board", layout: "board" }]),
  /** Keep the workflows that GitHub enables on a new board, such as "Item closed". */
  keepWorkflows: z.boolean().default(false),
});

/** One repository with its board, and its row in `repo_registry`. */
const repository = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, { error: "a repository's name" }),
  description: z.string().default(""),
  public: z.boolean().default(true),
  /** Folder below templates/ that the repository is seeded with; empty for none. */
  template: z.string().default(""),
  /** Tag on the seed. */
  tag: refName.default("baseline"),
  /** Move the tag to the seed's commit when it is elsewhere, as after a change of the template. */
  moveTag: z.boolean().default(false),
  /** Take over repository, files, tag and board that are there already. */
  adopt: z.boolean().default(false),
  /** Key of the row; empty for the repository's name. */
  serviceName: z.string().default(""),
  defaultBranch: refName.default("main"),
  cicdType: filled.default("github-actions"),
  triggerMethod: filled.default("project-board"),
  /** Where the deployed service answers; empty for nowhere. */
  deployUrl: z.string().default(""),
  board: board.prefault({}),
});

export const repositories = z.array(repository);

export type Repository = z.infer<typeof repository>;
