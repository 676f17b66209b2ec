import type { Board, BoardInputs, BoardOutputs } from "../model.ts";
import { digestOf, seen } from "../compared.ts";
import { isNamed, markersOf, type Origin, sameName, temporaryTitle, unmarkedReadme } from "./marker.ts";
import { fieldOf } from "../plan.ts";
import { look } from "../report.ts";

/**
 * Ids of the options that GitHub gives every new board. A board of ours has none of them, since its options are
 * replaced as a whole when it is made; one that was taken over keeps those whose names stayed.
 */
const firstOptionIds: ReadonlySet<string> = new Set(["f75ad846", "47fc9ee4", "98236657"]);

/**
 * The maker of a board whose marker does not say so, as this program wrote it before: it compares the board's other
 * texts. A board that differs in any text from those of this program is people's.
 */
export function originOf(
  board: Board,
  inputs: Pick<BoardInputs, "title" | "shortDescription" | "readme" | "public">,
): Exclude<Origin, "unsaid"> {
  const asWritten =
    board.title === inputs.title &&
    (board.shortDescription ?? "") === inputs.shortDescription &&
    unmarkedReadme(board.readme) === inputs.readme &&
    board.public === inputs.public;
  return asWritten && !hasFirstOptions(board) ? "made by it" : "taken over";
}

function hasFirstOptions(board: Board): boolean {
  return (fieldOf(board, "Status")?.options ?? []).some(({ id }) => firstOptionIds.has(id));
}

/** The reason why a board must not be deleted although the state says that it is ours; undefined when it is. */
export function reasonToKeep(board: Board, left: BoardOutputs): string | undefined {
  // Killed before its title was set: nobody but this program writes that.
  const making = board.title.endsWith(temporaryTitle("", left.repository));
  const markers = markersOf(board.readme);
  // By its name too: after a rename the board is that of another resource of ours, and the repository keeps its id.
  const named = markers.find(
    (marker) => isNamed(marker, left) && sameName(marker.repository, left.repository),
  );
  if (named === undefined) {
    if (making) return undefined;
    const other = markers[0];
    return other === undefined
      ? "its readme does not hold our marker"
      : `its marker names ${other.repository}, and not ${left.repository}`;
  }
  if (named.origin === "made by it") return undefined;
  if (named.origin === "taken over") return "its marker says that it was taken over";
  // Its workflows were nobody's concern when that marker was written.
  const asThen = look({ ...left, keepWorkflows: true }, Object.keys(left.fieldIds), false);
  const asLeft = digestOf(seen(board, asThen)) === left.is;
  return asLeft && !hasFirstOptions(board)
    ? undefined
    : "its marker does not say who made it, and it is not as this program left it";
}
