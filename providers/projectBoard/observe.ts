import { type Connection, type Listed, listed } from "../../lib/github/paging.ts";
import { type GitHub, GitHubError, LostAnswerError } from "../../lib/github/client.ts";
import { ProblemError } from "../../lib/text/problem.ts";
import type { Board, Field, Server, Workflow } from "./model.ts";
import { readBoard } from "./queries.ts";

/** A board as GitHub answers it: any node of its connections can be hidden. */
export interface AnsweredBoard extends Omit<
  Board,
  "owner" | "repositories" | "fields" | "views" | "workflows"
> {
  readonly owner?: { readonly login?: string } | null;
  readonly repositories?: Connection<Board["repositories"]["nodes"][number]> | null;
  readonly fields?: Connection<Field> | null;
  readonly views?: Connection<Board["views"]["nodes"][number]> | null;
  readonly workflows?: Connection<Workflow> | null;
}

/** The board of an answer. */
export function boardOf(answered: AnsweredBoard): Board {
  return {
    ...answered,
    owner: answered.owner?.login,
    repositories: beginningOf(answered.repositories),
    fields: listed(answered.fields),
    views: listed(answered.views),
    workflows: listed(answered.workflows),
  };
}

/** One page, of which the rest counts as hidden: it is there, and nobody has seen it. */
function beginningOf<T>(page: Connection<T> | null | undefined): Listed<T> {
  const { nodes, hidden } = listed(page);
  return { nodes, hidden: hidden + (page?.pageInfo?.hasNextPage === true ? 1 : 0) };
}

/** The board of a mutation's answer. Without it, nobody knows what was done. */
export function changedBoard(answered: AnsweredBoard | null | undefined, what: string): Board {
  if (answered) return boardOf(answered);
  throw new LostAnswerError({
    said: `${what}: GitHub answered without the board`,
    remedy: "run the same command again",
  });
}

/**
 * Reads a board.
 *
 * @returns undefined when no board of that id can be found: it is gone, or hidden from the token
 */
export async function observe(
  github: GitHub,
  projectId: string,
): Promise<{ board: Board; server: Server } | undefined> {
  try {
    const answer = await github.query<{
      node?: AnsweredBoard | null;
      optionInput?: { inputFields?: readonly { name: string }[] | null } | null;
      archivedState?: { name: string | null } | null;
    }>(readBoard, { id: projectId });
    if (!answer.node) {
      throw new ProblemError({
        said: `board ${projectId}: expected the board, got nothing in its place`,
        remedy: "GitHub hides it from the token: give the token's user access to it",
      });
    }
    const optionIds = (answer.optionInput?.inputFields ?? []).some(({ name }) => name === "id");
    const archive = answer.archivedState != null;
    return { board: boardOf(answer.node), server: { optionIds, archive } };
  } catch (error) {
    // GitHub answers for a deleted node with an error, not with null.
    if (error instanceof GitHubError && /could not resolve to a node/i.test(error.message)) return undefined;
    throw error;
  }
}
