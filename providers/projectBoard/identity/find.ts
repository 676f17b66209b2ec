import { type Connection, listAll } from "../../../lib/github/paging.ts";
import { type GitHub, GitHubError } from "../../../lib/github/client.ts";
import { isUnknown } from "../../../lib/pulumi/unknown.ts";
import { ProblemError } from "../../../lib/text/problem.ts";
import type { BoardInputs } from "../model.ts";
import { originOf } from "./origin.ts";
import { isNamed, markersOf, sameName, temporaryTitle, type Marker } from "./marker.ts";
import { observe } from "../observe.ts";
import { findBoards, repositoryById, whichRepository } from "../queries.ts";

interface Candidate {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly readme: string | null;
}

interface Owner {
  readonly __typename: string;
  readonly id: string;
  readonly viewerCanAdminister?: boolean;
  readonly projectsV2?: Connection<Candidate> | null;
}

/** The owner of a board, and the board itself when it is there. */
export interface Found {
  readonly ownerId: string;
  readonly projectId: string | undefined;
  /** The board was made by people: its marker says so, or `adopt` says to take it over. */
  readonly adopted: boolean;
}

/** `repositoryId` is empty, or unknown, where the repository is yet to be made or read. */
type Wanted = Pick<
  BoardInputs,
  "owner" | "repository" | "repositoryId" | "title" | "shortDescription" | "readme" | "public" | "adopt"
>;

/**
 * Looks for the repository's board: by our marker, else — with `adopt` — by its title.
 *
 * @throws Error when the owner is a person, when two boards match, when one of that title is not ours, or when a board
 * that is hidden from the token can be the one that is looked for
 */
export async function findBoard(github: GitHub, inputs: Wanted): Promise<Found> {
  const { owner, repository, title } = inputs;
  const { ownerId, candidates, hidden } = await boardsOf(github, owner);
  const ours = await ownBoards(github, candidates, inputs);
  if (ours.length > 1) {
    throw new ProblemError({
      said: `board of ${repository}: expected one board with our marker, got ${names(ours)}`,
      remedy: "delete the marker from the readme of those that are not in use",
    });
  }
  if (ours[0]) return { ownerId, projectId: ours[0].id, adopted: await isPeoples(github, ours[0], inputs) };

  const theirs = candidates.filter((board) => board.title === title);
  if (theirs.length === 0) {
    refuseHidden(`board of ${repository}`, owner, candidates.length, hidden);
    return { ownerId, projectId: undefined, adopted: false };
  }
  for (const board of theirs) {
    const [other] = markersOf(board.readme);
    if (other === undefined) continue;
    const how = other.origin === "taken over" ? "took over" : "made";
    throw new ProblemError({
      said: `board "${title}": ${owner} has ${names([board])}, which this program ${how} for ${other.repository}`,
      remedy: `choose another title, or take the marker out of that board's readme and set adopt for ${repository}`,
    });
  }
  if (!inputs.adopt) {
    throw new ProblemError({
      said: `board "${title}": ${owner} has ${names(theirs)}, which this program did not make`,
      remedy: `set adopt for ${repository} to take it over, or choose another title`,
    });
  }
  if (theirs.length > 1) {
    throw new ProblemError({
      said: `board "${title}": expected one board to adopt, got ${names(theirs)}`,
      remedy: "rename those that are not meant",
    });
  }
  return { ownerId, projectId: theirs[0]?.id, adopted: true };
}

/**
 * Makes sure that a board which cannot be found by its id is gone. GitHub answers alike for a board that is deleted and
 * for one that it hides; only an owner of the organization sees them all.
 *
 * @throws Error when the board can be hidden
 */
export async function assertGone(github: GitHub, owner: string, url: string): Promise<void> {
  const { candidates, hidden, seesAll } = await boardsOf(github, owner);
  refuseHidden(`board ${url}`, owner, candidates.length, hidden);
  if (seesAll) return;
  throw new ProblemError({
    said: `board ${url}: expected it to be there, and GitHub does not show it to the token, whose user is no owner of ${owner} and sees ${candidates.length} boards`,
    remedy:
      "give that user access to the board, or, if it was deleted, take it out of the state: pulumi state delete URN",
  });
}

function refuseHidden(what: string, owner: string, visible: number, hidden: number): void {
  if (hidden === 0) return;
  const all = visible + hidden;
  throw new ProblemError({
    said: `${what}: GitHub hides ${hidden} of the ${all} boards of ${owner} from the token, and one of them can be it`,
    remedy: "give the token's user access to all boards, or make the board by hand and set adopt",
  });
}

/** The boards that carry our marker of the repository. */
async function ownBoards(
  github: GitHub,
  candidates: readonly Candidate[],
  inputs: Wanted,
): Promise<readonly Candidate[]> {
  const ours: Candidate[] = [];
  for (const board of candidates) {
    const making = board.title === temporaryTitle(inputs.title, inputs.repository);
    const named = markersOf(board.readme).filter((marker) => isNamed(marker, inputs));
    if (making || named.some((marker) => isById(marker, inputs))) ours.push(board);
    else if (named[0] && !(await isOtherRepository(github, named[0], inputs))) ours.push(board);
    else if (board.title === inputs.title && (await wasRenamed(github, board, inputs))) ours.push(board);
  }
  return ours;
}

/** Whether the marker says by the id which repository is meant, as far as ids are known. */
function isById({ repositoryId }: Marker, inputs: Wanted): boolean {
  return repositoryId === undefined || !isIdKnown(inputs) || repositoryId === inputs.repositoryId;
}

function isIdKnown({ repositoryId }: Wanted): boolean {
  return repositoryId !== "" && !isUnknown(repositoryId);
}

/** Whether the repository that a marker means is there under another name: then ours has only got its old name. */
async function isOtherRepository(github: GitHub, marker: Marker, { repository }: Wanted): Promise<boolean> {
  const there = await repositoryNow(github, repositoryById, { id: marker.repositoryId });
  return there !== undefined && !sameName(there.nameWithOwner, repository);
}

/** Whether a marker without an id names our repository by a name that it had before. */
async function wasRenamed(github: GitHub, { readme }: Candidate, inputs: Wanted): Promise<boolean> {
  const [marker] = markersOf(readme);
  if (marker === undefined || marker.repositoryId !== undefined || !isIdKnown(inputs)) return false;
  const [owner, name] = marker.repository.split("/");
  return (await repositoryNow(github, whichRepository, { owner, name }))?.id === inputs.repositoryId;
}

interface RepositoryNow {
  readonly id: string;
  readonly nameWithOwner: string;
}

/** @returns undefined when there is none */
export async function repositoryNow(
  github: GitHub,
  document: typeof whichRepository | typeof repositoryById,
  variables: Record<string, unknown>,
): Promise<RepositoryNow | undefined> {
  try {
    const answer = await github.query<{ repository?: RepositoryNow | null; node?: RepositoryNow | null }>(
      document,
      variables,
    );
    return answer.repository ?? answer.node ?? undefined;
  } catch (error) {
    if (error instanceof GitHubError && /could not resolve to a/i.test(error.message)) return undefined;
    throw error;
  }
}

/** Whether a board that carries our marker was made by people. */
async function isPeoples(github: GitHub, { id, title, readme }: Candidate, inputs: Wanted): Promise<boolean> {
  if (title === temporaryTitle(inputs.title, inputs.repository)) return false;
  const marker = markersOf(readme).find((one) => isNamed(one, inputs)) ?? markersOf(readme)[0];
  if (marker?.origin !== "unsaid") return marker?.origin === "taken over";
  const now = await observe(github, id);
  return now === undefined || originOf(now.board, inputs) === "taken over";
}

async function boardsOf(github: GitHub, owner: string) {
  let found: Owner | undefined;
  const { nodes, hidden } = await listAll<Candidate>(async (after) => {
    const answer = await github.query<{ repositoryOwner?: Owner | null }>(findBoards, { owner, after });
    found = answer.repositoryOwner ?? undefined;
    if (found === undefined) {
      throw new ProblemError({
        said: `board owner ${owner}: GitHub knows no such organization, or hides it from the token`,
        remedy: "check githubOrganization and the token's access to it",
      });
    }
    if (found.__typename !== "Organization") {
      throw new ProblemError({
        said: `board owner ${owner}: expected an organization, got a ${found.__typename.toLowerCase()}`,
        remedy:
          "GitHub tells nobody of changes on a person's board (projects_v2_item goes to organization webhooks only): name an organization",
      });
    }
    return found.projectsV2;
  });
  const seesAll = found?.viewerCanAdminister === true;
  return { ownerId: found?.id ?? "", candidates: nodes, hidden, seesAll };
}

function names(boards: readonly Candidate[]): string {
  return boards.map(({ number, url }) => `#${number} (${url})`).join(" and ");
}
