import type { Found } from "./find.ts";
import type { BoardInputs, BoardOutputs, BriefBoardInputs } from "./model.ts";
import { changedInputs } from "../../lib/pulumi/changedInputs.ts";
import { configuredGitHub } from "../../lib/github/client.ts";
import { complete } from "./brief.ts";
import { cardsOf } from "./cards.ts";
import { converge, observe } from "./converge.ts";
import { digestOf, seen, wanted } from "./essence.ts";
import { findBoard } from "./find.ts";
import { refuseLoss, whatGoes } from "./loss.ts";
import { planOptions } from "./options.ts";
import { planBoard } from "./plan.ts";
import { report, viewsLeft } from "./report.ts";
import { problemsOf } from "./problems.ts";
import { together } from "./queries.ts";

export { configure } from "../../lib/github/client.ts";

/** What check found, for the create that follows in the same process. */
const found = new Map<string, Promise<Found>>();

const keyOf = ({ owner, repository }: BriefBoardInputs) => `${owner} ${repository}`;

/** Inputs that are recorded as a digest, or that only say how to go about it. */
const compared = ["title", "shortDescription", "readme", "public", "statusOptions", "fields"] as const;
const manner = ["statusRenames", "statusMoves", "adopt"] as const;

/**
 * Bad inputs, and before a board is made also an owner who cannot have one, a board that is not ours, or one to take
 * over that would lose a status.
 */
export async function check(olds: Partial<BriefBoardInputs>, news: BriefBoardInputs) {
  const failures = problemsOf(complete(news));
  const toBeMade = olds.repository === undefined;
  if (failures.length === 0 && toBeMade) {
    const search = findBoard(configuredGitHub(), complete(news));
    found.set(keyOf(news), search);
    const looked = search.then(({ projectId, adopted }) =>
      projectId === undefined ? undefined : refuseEarly(projectId, adopted, complete(news)),
    );
    await looked.catch((error: unknown) => {
      found.delete(keyOf(news));
      failures.push({ property: "title", reason: error instanceof Error ? error.message : String(error) });
    });
  }
  return { inputs: news, failures };
}

/** Asks GitHub only when the board is to change, to refuse in the preview what would lose a status. */
export async function diff(id: string, olds: BoardOutputs, declared: BriefBoardInputs) {
  const news = complete(declared);
  const changed = changedInputs({ ...olds }, news, [...compared, ...manner]);
  const isOther = olds.is !== digestOf(wanted(news, olds.adopted));
  if (isOther) await refuseEarly(id, olds.adopted, news, olds);
  const replaces = changed.filter((key) => key === "owner" || key === "repository");
  const changes = changed.length > 0 || isOther || !olds.linked;
  return { changes, replaces, stables: ["projectId", "number", "url"] };
}

async function refuseEarly(
  id: string,
  adopted: boolean,
  news: BoardInputs,
  left?: BoardOutputs,
): Promise<void> {
  const github = configuredGitHub();
  const now = await observe(github, id);
  if (!now) return;
  const { board, server } = now;
  const goes: string[] = [];
  for (const { field, wish } of planBoard(news, board, adopted, server, left).careful) {
    const plan = planOptions(field.options ?? [], wish);
    const cards = await cardsOf(github, id, field.name, server);
    refuseLoss(board, field, plan, cards, wish, server);
    goes.push(...whatGoes(board, field, plan, cards, wish));
  }
  // Pulumi shows what a provider prints.
  for (const line of goes) console.log(line);
}

/** Finds or makes the board. */
export async function create(inputs: BriefBoardInputs) {
  const search = found.get(keyOf(inputs));
  found.delete(keyOf(inputs));
  const outs = await converge(configuredGitHub(), complete(inputs), await search);
  return { id: outs.projectId, outs };
}

/** Reads the board as it is; it is gone when it cannot be found by its id. */
export async function read(id: string, props: BoardOutputs) {
  const now = await observe(configuredGitHub(), id);
  if (!now) return { id: "" };
  const { adopted, fieldIds } = props;
  const fields = Object.keys(fieldIds);
  const views = viewsLeft(props, now.board);
  const fresh = report({ ...props, views }, fields, now.board, adopted);
  if (fresh.is === props.is && !props.seen) return { id, props: fresh };
  // The ids stay as the board was left: by them the next update knows what was renamed by hand.
  const { optionIds, statusFieldId } = props;
  const asLeft = { optionIds, statusFieldId, fieldIds };
  return { id, props: { ...fresh, ...asLeft, seen: seen(now.board, fields, adopted) } };
}

/** Puts the board right. */
export async function update(id: string, olds: BoardOutputs, news: BriefBoardInputs) {
  const found = { ownerId: "", projectId: id, adopted: olds.adopted };
  const outs = await converge(configuredGitHub(), complete(news), found, olds);
  return { outs };
}

async function remove(id: string, props: BoardOutputs) {
  if (!props.deleteOnDestroy || props.adopted) return;
  const github = configuredGitHub();
  if (!(await observe(github, id))) return;
  const { document, variables } = together("DeleteBoard", [
    { name: "deleteProjectV2", input: { projectId: id } },
  ]);
  await github.mutate(document, variables);
}

/** Deletes the board if the inputs ask for it and we made it; otherwise it stays as it is. */
export { remove as delete };
