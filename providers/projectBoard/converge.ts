import type { Found } from "./find.ts";
import type { Board, BoardInputs, BoardOutputs, Server, ViewSpec } from "./model.ts";
import type { BoardPlan, Left } from "./plan.ts";
import { type GitHub, GitHubError, LostAnswerError } from "../../lib/github/client.ts";
import { changeOptions } from "./changeOptions.ts";
import { findBoard } from "./find.ts";
import { temporaryTitle } from "./marker.ts";
import { report } from "./report.ts";
import { planBoard } from "./plan.ts";
import { createBoard, readBoard, together } from "./queries.ts";

/** How often the board is read and put right before giving up: each round mends what a lost answer left. */
const rounds = 5;

/** A board as it is. */
interface Observed {
  readonly board: Board;
  /** Undefined for a board that was made a moment ago. */
  readonly server: Server | undefined;
}

/** Reads a board; undefined when it is gone. */
export async function observe(
  github: GitHub,
  projectId: string,
): Promise<{ board: Board; server: Server } | undefined> {
  try {
    const answer = await github.query<{
      node: Board | null;
      optionInput: { inputFields: readonly { name: string }[] } | null;
      archivedState: { name: string } | null;
    }>(readBoard, { id: projectId });
    if (!answer.node) return undefined;
    const optionIds = (answer.optionInput?.inputFields ?? []).some(({ name }) => name === "id");
    return { board: answer.node, server: { optionIds, archive: answer.archivedState !== null } };
  } catch (error) {
    // GitHub answers for a deleted node with an error, not with null.
    if (error instanceof GitHubError && /could not resolve to a node/i.test(error.message)) return undefined;
    throw error;
  }
}

/**
 * Makes the board what the inputs say: observe, compare, change, and look again until nothing is left to do.
 *
 * @param found - what an earlier look for the board gave; it is looked for when undefined
 * @param left - the board's ids as an earlier run left them
 */
export async function converge(
  github: GitHub,
  inputs: BoardInputs,
  found?: Found,
  left?: Left,
): Promise<BoardOutputs> {
  const target = found ?? (await findBoard(github, inputs));
  const { adopted } = target;
  let now =
    target.projectId === undefined
      ? await create(github, inputs, target.ownerId)
      : await observe(github, target.projectId);
  let refusedViews: readonly ViewSpec[] = [];
  for (let round = 1; ; round += 1) {
    if (!now) {
      throw new Error(`board "${inputs.title}": it is gone from GitHub; pulumi up --refresh makes it anew`);
    }
    const plan = planBoard(inputs, now.board, adopted, now.server, left);
    const views = plan.views.filter((view) => !refusedViews.includes(view));
    if (plan.mutations.length + plan.careful.length + views.length === 0) {
      const fields = inputs.fields.map(({ name }) => name);
      return report(inputs, fields, now.board, adopted);
    }
    if (round > rounds) {
      throw new Error(
        `board ${now.board.url}: still not as wanted after ${rounds} rounds; somebody else may be changing it, run the same command again`,
      );
    }
    let after: Board | undefined;
    try {
      const refused = await makeViews(github, inputs.owner, now.board, views);
      refusedViews = [...refusedViews, ...refused];
      after = await apply(github, now, plan);
    } catch (error) {
      // What was done is seen in the next round; the rest is tried again there.
      if (!(error instanceof LostAnswerError) || round === rounds) throw error;
    }
    now = after ? { board: after, server: now.server } : await observe(github, now.board.id);
  }
}

async function create(github: GitHub, inputs: BoardInputs, ownerId: string): Promise<Observed | undefined> {
  const { title, repository, repositoryId } = inputs;
  try {
    const answer = await github.mutate<{ createProjectV2: { projectV2: Board } }>(createBoard, {
      input: { ownerId, title: temporaryTitle(title, repository), repositoryId },
    });
    return { board: answer.createProjectV2.projectV2, server: undefined };
  } catch (error) {
    if (!(error instanceof LostAnswerError)) throw error;
    const { projectId } = await findBoard(github, inputs);
    if (projectId === undefined) throw error;
    return observe(github, projectId);
  }
}

/** @returns the board as it is afterwards, where the last answer has it */
async function apply(
  github: GitHub,
  { board, server }: Observed,
  { mutations, careful }: BoardPlan,
): Promise<Board | undefined> {
  let after: Board | undefined;
  const last = mutations.at(-1);
  if (last) {
    const readBack = last.name === "updateProjectV2";
    const { document, variables } = together("ChangeBoard", mutations, readBack);
    const answer = await github
      .mutate<Record<string, { projectV2?: Board }>>(document, variables)
      .catch((error: unknown) => {
        throw error instanceof GitHubError ? named(error, board, mutations) : error;
      });
    after = answer[`m${mutations.length - 1}`]?.projectV2;
  }
  if (server) for (const { field, wish } of careful) await changeOptions(github, board, field, wish, server);
  return careful.length > 0 ? undefined : after;
}

/** The error with the board, and with what was to be changed in place of its number in the document. */
function named(error: GitHubError, { url }: Board, mutations: BoardPlan["mutations"]): GitHubError {
  const text = error.message.replace(/\(at m(\d+)\b/g, (whole, index: string) => {
    const { name, input } = mutations[Number(index)] ?? {};
    if (name === undefined) return whole;
    return typeof input?.["name"] === "string"
      ? `(at ${name} ${JSON.stringify(input["name"])}`
      : `(at ${name}`;
  });
  const Kind = error instanceof LostAnswerError ? LostAnswerError : GitHubError;
  return new Kind(`board ${url}: ${text}`, { cause: error.cause });
}

/** @returns the views that the server cannot make */
async function makeViews(
  github: GitHub,
  owner: string,
  { number }: Board,
  views: readonly ViewSpec[],
): Promise<readonly ViewSpec[]> {
  const refused: ViewSpec[] = [];
  for (const view of views) {
    if (!(await createView(github, owner, number, view))) refused.push(view);
  }
  return refused;
}

/** @returns false when this server has no such request */
async function createView(github: GitHub, owner: string, number: number, view: ViewSpec): Promise<boolean> {
  try {
    await github.rest("POST /orgs/{org}/projectsV2/{number}/views", { org: owner, number, ...view });
    return true;
  } catch (error) {
    const status = error instanceof Error && error.cause instanceof Error && "status" in error.cause;
    if (status && (error.cause as { status: unknown }).status === 404) return false;
    throw error;
  }
}
