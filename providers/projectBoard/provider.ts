import type { Found } from "./identity/find.ts";
import type { BoardInputs, BoardOutputs, StoredBoardInputs } from "./model.ts";
import { changedInputs } from "../../lib/pulumi/changedInputs.ts";
import { configuredGitHub } from "../../lib/github/client.ts";
import { withDefaults } from "./storedInputs.ts";
import { cardsOf } from "./options/cards.ts";
import { convergeBoard } from "./convergeBoard.ts";
import { digestOf, seen, wanted } from "./compared.ts";
import { assertGone, findBoard } from "./identity/find.ts";
import { refuseLoss, whatGoes } from "./options/loss.ts";
import { sameName } from "./identity/marker.ts";
import { observe } from "./observe.ts";
import { type OptionPlan, planOptions } from "./options/options.ts";
import { reasonToKeep } from "./identity/origin.ts";
import { planBoard } from "./plan.ts";
import { look, report, viewsLeft } from "./report.ts";
import { problemsOf } from "./problems.ts";
import { keepsRepository, refuseRenamed } from "./identity/repository.ts";
import { together } from "./queries.ts";
import { whatChanges } from "./takingOver.ts";
import { workflowsThatGo } from "./workflows.ts";

export { configure } from "../../lib/github/client.ts";

/** The boards that check found, for the create that follows in the same process. */
const found = new Map<string, Promise<Found>>();

const keyOf = ({ owner, repository }: StoredBoardInputs) => `${owner} ${repository}`;

/** Inputs that are recorded as a digest, or that only say how to go about it. */
const compared = [
  "title",
  "shortDescription",
  "readme",
  "public",
  "statusOptions",
  "fields",
  "keepWorkflows",
] as const;
const manner = ["statusRenames", "statusMoves", "adopt", "receiver", "receiverRenamedFrom"] as const;

/** The lines already said of the receiver: every board of a stack sees the change. */
const saidOfReceiver = new Set<string>();

/** The receiver takes its ids from one board: the first of the list, unless `receiverBoard` names another. */
function sayReceiver(
  before: string | undefined,
  { receiver: now, receiverRenamedFrom }: StoredBoardInputs,
): void {
  if (before === undefined || now === undefined || before === now || before === receiverRenamedFrom) return;
  const line = `receiver: it gets the ids of the board of ${now} from now on, and no longer those of ${before}; to keep them: pulumi config set mesh-six:receiverBoard ${before}`;
  if (saidOfReceiver.has(line)) return;
  saidOfReceiver.add(line);
  console.log(line);
}

/**
 * Bad inputs, and before a board is made also an owner who cannot have one, a board that is not ours, or one to take
 * over that would lose a status.
 */
export async function check(olds: Partial<StoredBoardInputs>, news: StoredBoardInputs) {
  const failures = problemsOf(withDefaults(news));
  const toBeMade = olds.repository === undefined;
  if (olds.adopt && !keepsRepository(withDefaults(news))) {
    console.log(
      `repository ${news.repository}: its entry no longer says adopt, so it is deleted when its entry goes, with githubRetain false; keep adopt: true to keep the repository`,
    );
  }
  sayReceiver(olds.receiver, news);
  if (failures.length === 0 && toBeMade) {
    const search = findBoard(configuredGitHub(), withDefaults(news));
    found.set(keyOf(news), search);
    const looked = search.then(({ projectId, adopted }) =>
      projectId === undefined ? undefined : refuseEarly(projectId, adopted, withDefaults(news)),
    );
    await looked.catch((error: unknown) => {
      found.delete(keyOf(news));
      failures.push({ property: "title", reason: error instanceof Error ? error.message : String(error) });
    });
  }
  return { inputs: news, failures };
}

/** Asks GitHub only when the board is to change, to refuse in the preview what would lose a status. */
export async function diff(id: string, olds: BoardOutputs, declared: StoredBoardInputs) {
  const news = withDefaults(declared);
  const changed = changedInputs({ ...olds }, news, [...compared, ...manner]);
  const isOther = olds.is !== digestOf(wanted(news, olds.adopted));
  if (isOther) await refuseEarly(id, olds.adopted, news, olds);
  const elsewhere = changed.filter((key) => key === "owner" || key === "repository");
  const replaces = elsewhere.length > 0 && (await isElsewhere(id, news)) ? elsewhere : [];
  const switched =
    (olds.keepWorkflows ?? false) !== news.keepWorkflows ||
    (olds.keepsRepository ?? keepsRepository(news)) !== keepsRepository(news);
  const changes = changed.length > 0 || isOther || switched || !olds.linked;
  return { changes, replaces, stables: ["projectId", "number", "url"] };
}

/**
 * Whether another board is wanted. An organization or repository that was renamed keeps its board, which is no other:
 * making a new one and deleting the "original" would be the end of it.
 */
async function isElsewhere(id: string, { owner }: BoardInputs): Promise<boolean> {
  const now = await observe(configuredGitHub(), id);
  return now?.board.owner !== undefined && !sameName(now.board.owner, owner);
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
  const plan = planBoard(news, board, adopted, server, left);
  const goes = workflowsThatGo(board, plan);
  const byField = new Map<string, OptionPlan>();
  for (const { field, wish } of plan.careful) {
    const options = planOptions(field.options ?? [], wish);
    const cards = await cardsOf(github, id, field, server);
    refuseLoss(board, field, options, cards, wish, server);
    goes.push(...whatGoes(board, field, options, cards, wish));
    byField.set(field.name, options);
  }
  if (adopted) goes.push(...whatChanges(board, plan, byField));
  // Pulumi shows what a provider prints.
  for (const line of goes) console.log(line);
}

/** Finds or makes the board. */
export async function create(inputs: StoredBoardInputs) {
  const search = found.get(keyOf(inputs));
  found.delete(keyOf(inputs));
  const outs = await convergeBoard(configuredGitHub(), withDefaults(inputs), await search);
  return { id: outs.projectId, outs };
}

/** Reads the board as it is; it is gone when it cannot be found by its id, and nothing can hide it. */
export async function read(id: string, props: BoardOutputs) {
  const github = configuredGitHub();
  const now = await observe(github, id);
  if (!now) {
    await assertGone(github, props.owner, props.url);
    return { id: "" };
  }
  const { board } = now;
  const { adopted, fieldIds, linked: wasLinked, workflowsRefused } = props;
  const fields = Object.keys(fieldIds);
  const { hidden, nodes } = board.fields;
  const missing = [props.statusFieldId, ...Object.values(fieldIds)].filter(
    (fieldId) => !nodes.some((field) => field.id === fieldId),
  );
  if (hidden > 0 && missing.length > 0) {
    throw new Error(
      `board ${board.url}: expected to read all of its fields, got ${nodes.length} and ${hidden} that GitHub hides from the token; give the token's user access to the board`,
    );
  }
  const views = viewsLeft(props, board);
  const fresh = report({ ...props, views }, fields, board, { adopted, wasLinked, workflowsRefused });
  if (fresh.is === props.is && !props.seen) return { id, props: fresh };
  // The ids stay as the board was left: by them the next update knows what was renamed by hand.
  const { optionIds, statusFieldId } = props;
  const asLeft = { optionIds, statusFieldId, fieldIds };
  const asSeen = seen(board, look(props, fields, adopted));
  return { id, props: { ...fresh, ...asLeft, seen: asSeen } };
}

/** Puts the board right. */
export async function update(id: string, olds: BoardOutputs, news: StoredBoardInputs) {
  const found = { ownerId: "", projectId: id, adopted: olds.adopted };
  const outs = await convergeBoard(configuredGitHub(), withDefaults(news), found, olds);
  return { outs };
}

async function remove(id: string, props: BoardOutputs) {
  // Its entry said adopt: whatever was there then stays, a board that another stack of ours has made too.
  if (!props.deleteOnDestroy || props.keepsRepository === true) return;
  const github = configuredGitHub();
  await refuseRenamed(github, props);
  if (props.adopted) return;
  const now = await observe(github, id);
  // One that is hidden would stay, and nobody would know of it any more.
  if (!now) return assertGone(github, props.owner, props.url);
  const reason = reasonToKeep(now.board, props);
  if (reason !== undefined) {
    console.log(
      `board ${now.board.url}: it stays, since ${reason}; delete it in the browser if nobody needs it`,
    );
    return;
  }
  const { document, variables, steps } = together("DeleteBoard", [
    { name: "deleteProjectV2", input: { projectId: id } },
  ]);
  await github.mutate(document, variables, { steps });
}

/** Deletes the board if the inputs ask for it and we made it; otherwise it stays as it is. */
export { remove as delete };
