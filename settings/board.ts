import * as z from "zod";
import { notEmpty } from "./formats.ts";

const colour = z.enum(["GRAY", "BLUE", "GREEN", "YELLOW", "ORANGE", "RED", "PINK", "PURPLE"]);

const option = z.strictObject({
  name: notEmpty,
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
    z.strictObject({ name: notEmpty, type: z.literal("TEXT") }),
    z.strictObject({
      name: notEmpty,
      type: z.literal("SINGLE_SELECT"),
      options: z.array(option).min(1).max(50),
    }),
  ],
  { error: "TEXT or SINGLE_SELECT" },
);

/** The board of a repository, with the defaults that a new entry gets. */
export const board = z.strictObject({
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
    .record(notEmpty, notEmpty)
    .default({})
    .describe("old name → new name; the option and its cards stay"),
  statusMoves: z
    .record(notEmpty, notEmpty)
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
    .array(z.strictObject({ name: notEmpty, layout: z.enum(["board", "table", "roadmap"]) }))
    .default([{ name: "Board", layout: "board" }]),
  /** Keep the workflows that GitHub enables on a new board, such as "Item closed". */
  keepWorkflows: z.boolean().default(false),
});
