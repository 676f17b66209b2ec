import type { GitHub } from "../../lib/github/client.ts";
import type { BoardInputs } from "./model.ts";
import { isBoardOf, isOurs } from "./marker.ts";
import { findBoards } from "./queries.ts";

interface Candidate {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly readme: string | null;
}

interface Answer {
  readonly repositoryOwner: null | {
    readonly __typename: string;
    readonly id: string;
    readonly projectsV2?: {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly Candidate[];
    };
  };
}

/** What was found of a board: its owner, and the board itself when it is there. */
export interface Found {
  readonly ownerId: string;
  readonly projectId: string | undefined;
  /** The board was made by people, and `adopt` says to take it over. */
  readonly adopted: boolean;
}

/**
 * Looks for the repository's board: by our marker, else — with `adopt` — by its title.
 *
 * @throws Error when the owner is a person, when two boards match, or when one of that title is not ours
 */
export async function findBoard(
  github: GitHub,
  inputs: Pick<BoardInputs, "owner" | "repository" | "title" | "adopt">,
): Promise<Found> {
  const { owner, repository, title } = inputs;
  const { ownerId, candidates } = await boardsOf(github, owner);
  const ours = candidates.filter((board) => isOurs(board, title, repository));
  if (ours.length > 1) {
    throw new Error(
      `board of ${repository}: expected one board with our marker, got ${names(ours)}; delete the marker from the readme of those that are not in use`,
    );
  }
  if (ours[0]) return { ownerId, projectId: ours[0].id, adopted: false };

  const theirs = candidates.filter((board) => board.title === title);
  if (theirs.length === 0) return { ownerId, projectId: undefined, adopted: false };
  for (const board of theirs) {
    const other = isBoardOf(board.readme, repository);
    if (other === undefined) continue;
    throw new Error(
      `board "${title}": ${owner} has ${names([board])}, which this program made for ${other}; choose another title, or take the marker out of that board's readme and set adopt for ${repository}`,
    );
  }
  if (!inputs.adopt) {
    throw new Error(
      `board "${title}": ${owner} has ${names(theirs)}, which this program did not make; set adopt for ${repository} to take it over, or choose another title`,
    );
  }
  if (theirs.length > 1) {
    throw new Error(
      `board "${title}": expected one board to adopt, got ${names(theirs)}; rename those that are not meant`,
    );
  }
  return { ownerId, projectId: theirs[0]?.id, adopted: true };
}

async function boardsOf(github: GitHub, owner: string) {
  const candidates: Candidate[] = [];
  for (let after: string | null = null; ;) {
    const answer: Answer = await github.query<Answer>(findBoards, { owner, after });
    const found = answer.repositoryOwner;
    if (found === null) {
      throw new Error(
        `board owner ${owner}: GitHub knows no such organization, or hides it from the token; check githubOrganization and the token's access to it`,
      );
    }
    if (!found.projectsV2) {
      throw new Error(
        `board owner ${owner}: expected an organization, got a ${found.__typename.toLowerCase()}; GitHub tells nobody of changes on a person's board (projects_v2_item goes to organization webhooks only): name an organization`,
      );
    }
    candidates.push(...found.projectsV2.nodes);
    if (!found.projectsV2.pageInfo.hasNextPage) return { ownerId: found.id, candidates };
    after = found.projectsV2.pageInfo.endCursor;
  }
}

function names(boards: readonly Candidate[]): string {
  return boards.map(({ number, url }) => `#${number} (${url})`).join(" and ");
}
