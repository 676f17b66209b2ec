import * as z from "zod";
import { board } from "./board.ts";
import { notEmpty, optionalUrl, refName } from "./formats.ts";

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
  cicdType: notEmpty.default("github-actions").describe("column of the row"),
  triggerMethod: notEmpty.default("project-board").describe("column of the row"),
  deployUrl: optionalUrl("https", "http")
    .default("")
    .describe("where the deployed service answers; empty for nowhere"),
  board: board.prefault({}).describe("see below"),
});

export const repositories = z.array(repository);

export type Repository = z.infer<typeof repository>;

/** The title of a repository's board where its entry names none. */
export function boardTitle({ name, board }: Pick<Repository, "name" | "board">): string {
  return board.title || `${name} Workflow`;
}
