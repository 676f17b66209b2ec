import type { Found } from "./identity/find.ts";
import type { Board, BoardInputs, BoardOutputs, Server, ViewSpec } from "./model.ts";
import type { BoardPlan } from "./plan.ts";
import { type GitHub, GitHubError, LostAnswerError } from "../../lib/github/client.ts";
import { unlessMissing } from "../../lib/github/errors.ts";
import { changeOptions } from "./options/changeOptions.ts";
import { findBoard } from "./identity/find.ts";
import { isNamed, markersOf, temporaryTitle } from "./identity/marker.ts";
import { type AnsweredBoard, boardOf, changedBoard, observe } from "./observe.ts";
import { planBoard } from "./plan.ts";
import { createBoard, together } from "./queries.ts";
import { report } from "./report.ts";
import { keepsRepository } from "./identity/repository.ts";

/**
 * The number of rounds in which the board is read and put right before giving up: each round mends the gap of a lost
 * answer.
 */
const rounds = 5;

/** A board as it is. */
interface Observed {
  readonly board: Board;
  /** Undefined for a board that was made a moment ago. */
  readonly server: Server | undefined;
}

/**
 * Makes the board what the inputs say: observe, compare, change, and look again until nothing is left to do.
 *
 * @param found - what an earlier look for the board gave; it is looked for when undefined
 * @param left - the board's ids as an earlier run left them
 */
export async function convergeBoard(
  github: GitHub,
  inputs: BoardInputs,
  found?: Found,
  left?: BoardOutputs,
): Promise<BoardOutputs> {
  const target = found ?? (await findBoard(github, inputs));
  const { adopted } = target;
  let now =
    target.projectId === undefined
      ? await create(github, inputs, target.ownerId)
      : await observe(github, target.projectId);
  const tried = new Tried();
  for (let round = 1; ; round += 1) {
    if (!now) {
      throw new Error(`board "${inputs.title}": it is gone from GitHub; pulumi up --refresh makes it again`);
    }
    refuseForeign(now.board, inputs, left);
    const plan = tried.rest(planBoard(inputs, now.board, adopted, now.server, left), now.board);
    if (plan.mutations.length + plan.careful.length + plan.views.length === 0) {
      const fields = inputs.fields.map(({ name }) => name);
      const { workflowsRefused } = tried;
      const wasLinked = tried.linked || left?.linked === true;
      return report({ ...inputs, keepsRepository: keepsRepository(inputs) }, fields, now.board, {
        adopted,
        wasLinked,
        workflowsRefused,
      });
    }
    if (round > rounds) {
      throw new Error(
        `board ${now.board.url}: still not as wanted after ${rounds} rounds; somebody else may be changing it, run the same command again`,
      );
    }
    let after: Board | undefined;
    try {
      tried.refusedViews.push(...(await makeViews(github, inputs.owner, now.board, plan.views)));
      after = await apply(github, now, plan);
      tried.note(plan);
    } catch (error) {
      // The next round sees what is done, and tries the rest again.
      const goesOn = error instanceof LostAnswerError || tried.isFirstOfWorkflows(error, plan);
      tried.note(plan);
      if (!goesOn || round === rounds) throw error;
    }
    now = after ? { board: after, server: now.server } : await observe(github, now.board.id);
  }
}

/** The changes tried in earlier rounds and not to be tried again: GitHub refuses them, or does not show them. */
class Tried {
  readonly refusedViews: ViewSpec[] = [];
  linked = false;
  workflowsRefused = false;
  #workflows = false;

  /** The part of a plan that is left to do. */
  rest(plan: BoardPlan, { repositories }: Board): BoardPlan {
    const isSwitch = ({ name }: BoardPlan["mutations"][number]) => name === "deleteProjectV2Workflow";
    this.workflowsRefused = this.#workflows && plan.mutations.some(isSwitch);
    // A repository that is hidden from the token does not show among the linked ones.
    const invisible = this.linked && repositories.hidden > 0;
    const mutations = plan.mutations.filter(
      (mutation) =>
        !(this.#workflows && isSwitch(mutation)) &&
        !(invisible && mutation.name === "linkProjectV2ToRepository"),
    );
    return { ...plan, mutations, views: plan.views.filter((view) => !this.refusedViews.includes(view)) };
  }

  note({ mutations }: BoardPlan): void {
    this.#workflows ||= mutations.some(({ name }) => name === "deleteProjectV2Workflow");
    this.linked ||= mutations.some(({ name }) => name === "linkProjectV2ToRepository");
  }

  /** Whether GitHub can have refused because of the workflows: then the rest is done without them. */
  isFirstOfWorkflows(error: unknown, { mutations }: BoardPlan): boolean {
    const some = mutations.some(({ name }) => name === "deleteProjectV2Workflow");
    return error instanceof GitHubError && some && !this.#workflows;
  }
}

/** Refuses a board whose marker names another repository by now: somebody has taken it over for that one. */
function refuseForeign({ url, readme }: Board, inputs: BoardInputs, left: BoardOutputs | undefined): void {
  if (left === undefined) return;
  const markers = markersOf(readme);
  const known = [inputs, left];
  if (markers.length === 0 || markers.some((marker) => known.some((key) => isNamed(marker, key)))) return;
  const names = markers.map(({ repository }) => repository).join(" and ");
  throw new Error(
    `board ${url}: expected our marker of ${inputs.repository} or none, got that of ${names}; take the marker out of the board's readme if it is no longer that one's board`,
  );
}

async function create(github: GitHub, inputs: BoardInputs, ownerId: string): Promise<Observed | undefined> {
  const { title, repository, repositoryId } = inputs;
  try {
    const answer = await github.mutate<{ createProjectV2?: { projectV2?: AnsweredBoard | null } | null }>(
      createBoard,
      { input: { ownerId, title: temporaryTitle(title, repository), repositoryId } },
    );
    const made = answer.createProjectV2?.projectV2;
    return { board: changedBoard(made, `board "${title}"`), server: undefined };
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
    const { document, variables, steps } = together("ChangeBoard", mutations, readBack);
    const answer = await github
      .mutate<Record<string, { projectV2?: AnsweredBoard | null } | null>>(document, variables, { steps })
      .catch((error: unknown) => {
        throw error instanceof GitHubError ? named(error, board) : error;
      });
    const answered = answer[`m${mutations.length - 1}`]?.projectV2;
    if (answered) after = boardOf(answered);
  }
  if (server) for (const { field, wish } of careful) await changeOptions(github, board, field, wish, server);
  return careful.length > 0 ? undefined : after;
}

/** The error with the board. */
function named(error: GitHubError, { url }: Board): GitHubError {
  const { said, remedy } = error.problem;
  const Kind = error instanceof LostAnswerError ? LostAnswerError : GitHubError;
  return new Kind({ said: `board ${url}: ${said}`, remedy }, { cause: error.cause });
}

/** @returns the views that the server cannot make */
async function makeViews(
  github: GitHub,
  owner: string,
  { number, owner: ownerNow = owner }: Board,
  views: readonly ViewSpec[],
): Promise<readonly ViewSpec[]> {
  const refused: ViewSpec[] = [];
  for (const view of views) {
    if (!(await createView(github, ownerNow, number, view))) refused.push(view);
  }
  return refused;
}

/** @returns false when this server has no such request */
async function createView(github: GitHub, owner: string, number: number, view: ViewSpec): Promise<boolean> {
  const made = github.rest("POST /orgs/{org}/projectsV2/{number}/views", { org: owner, number, ...view });
  return (await unlessMissing(made.then(() => true))) ?? false;
}
