import type { Found } from "./find.ts";
import type { BoardInputs, BoardOutputs } from "./model.ts";
import { githubFor } from "../github.ts";
import { cardsOf, refuseLoss } from "./cards.ts";
import { changedKeys } from "./changedKeys.ts";
import { converge, observe } from "./converge.ts";
import { findBoard } from "./find.ts";
import { planOptions } from "./options.ts";
import { fieldOf } from "./plan.ts";
import { report } from "./report.ts";
import { problemsOf } from "./problems.ts";
import { together } from "./queries.ts";

/** What check found, for the create that follows in the same process. */
const found = new Map<string, Promise<Found>>();

const keyOf = ({ baseUrl, owner, repository }: BoardInputs) => `${baseUrl} ${owner} ${repository}`;

/** Bad inputs, and before a board is made also an owner who cannot have one or a board that is not ours. */
export async function check(olds: Partial<BoardInputs>, news: BoardInputs) {
  const failures = problemsOf(news);
  const toBeMade = olds.title === undefined;
  if (failures.length === 0 && toBeMade) {
    const search = findBoard(githubFor(news), news);
    found.set(keyOf(news), search);
    await search.catch((error: unknown) => {
      found.delete(keyOf(news));
      failures.push({ property: "title", reason: error instanceof Error ? error.message : String(error) });
    });
  }
  return { inputs: news, failures };
}

/** Names what changes; asks GitHub only when options go, to refuse in the preview what would lose a status. */
export async function diff(id: string, olds: BoardOutputs, news: BoardInputs) {
  const changed = changedKeys(olds, news);
  if (changed.includes("statusOptions")) await refuseEarly(id, news);
  const replaces = changed.filter((key) => key === "owner" || key === "repository");
  return { changes: changed.length > 0, replaces, stables: ["projectId", "number", "url"] };
}

async function refuseEarly(id: string, news: BoardInputs): Promise<void> {
  const github = githubFor(news);
  const now = await observe(github, id);
  const status = now && fieldOf(now.board, "Status");
  if (!now || !status || now.board.items.totalCount === 0) return;
  const plan = planOptions(status.options ?? [], news.statusOptions, news.statusRenames);
  if (!plan.list) return;
  const cards = await cardsOf(github, id, "Status");
  refuseLoss(`board ${now.board.url}, field Status`, plan, cards, news.statusMoves, now.idsKnown);
}

/** Finds or makes the board. */
export async function create(inputs: BoardInputs) {
  const search = found.get(keyOf(inputs));
  found.delete(keyOf(inputs));
  const outs = await converge(githubFor(inputs), inputs, await search);
  return { id: outs.projectId, outs };
}

/** Reads the board as it is; it is gone when it cannot be found by its id. */
export async function read(id: string, props: BoardOutputs) {
  const now = await observe(githubFor(props), id);
  if (!now) return { id: "" };
  return { id, props: report(props, now.board, props.adopted) };
}

/** Puts the board right. */
export async function update(id: string, olds: BoardOutputs, news: BoardInputs) {
  const outs = await converge(githubFor(news), news, {
    ownerId: "",
    projectId: id,
    adopted: olds.adopted,
  });
  return { outs };
}

async function remove(id: string, props: BoardOutputs) {
  if (!props.deleteOnDestroy || props.adopted) return;
  const github = githubFor(props);
  if (!(await observe(github, id))) return;
  const { document, variables } = together("DeleteBoard", [
    { name: "deleteProjectV2", input: { projectId: id } },
  ]);
  await github.mutate(document, variables);
}

/** Deletes the board if the inputs ask for it and we made it; otherwise it stays as it is. */
export { remove as delete };
