import assert from "node:assert/strict";
import type { OptionSpec } from "../../../providers/projectBoard/model.ts";
import { addBoard, addCards, boardSeen, boardsSeen, editOptions, mutate, type Seen } from "./boards.ts";
import type { TestGitHub } from "./testGitHub.ts";
import type { Random } from "../random.ts";

/** A board that people made, as they left it. */
interface Peoples {
  title: string;
  readonly readme: string;
  readonly shortDescription: string;
  readonly public: boolean;
  readonly views: Seen["views"]["nodes"];
}

/** An option of people's own, which no settings want. */
export const iceBox: OptionSpec = { name: "Ice box", color: "PINK", description: "people's own" };

/** Boards and cards that people made, as they left them. */
export class PeoplesWork {
  /** GitHub with the organization's name of today. */
  readonly #route: () => TestGitHub;
  readonly #random: Random;
  readonly #peoples = new Map<string, Peoples>();
  /** Card → its place by people. A card on the ice box can be moved from there, as the settings say. */
  readonly #cards = new Map<string, { board: string; option: string; moves: boolean }>();
  /** Boards that the program made and is allowed to delete. */
  readonly #canGo = new Set<string>();

  constructor(route: () => TestGitHub, random: Random) {
    this.#route = route;
    this.#random = random;
  }

  /** The program made that board, and its settings say that it goes with its entry. */
  canGo(board: string): void {
    if (!this.#peoples.has(board)) this.#canGo.add(board);
  }

  /** People gave the board another title. */
  retitled(board: string, title: string): void {
    const peoples = this.#peoples.get(board);
    if (peoples) peoples.title = title;
  }

  /** People make a board of that title, at times with texts and an option of their own, and put cards on it. */
  async makeBoard(title: string): Promise<void> {
    const route = this.#route();
    await addBoard(route, title);
    const { id } = await boardSeen(route, title);
    const empty = this.#random.chance(0.4);
    const texts = empty
      ? { readme: "", shortDescription: "", public: false }
      : {
          readme: "People's own.\n\nSince 2019",
          shortDescription: "Theirs",
          public: this.#random.chance(0.5),
        };
    if (!empty) await mutate(route, "updateProjectV2", { projectId: id, ...texts });
    const board = await boardSeen(route, title);
    if (this.#random.chance(0.5)) await editOptions(route, board, "Status", (all) => [...all, iceBox]);
    const left = await boardSeen(route, title);
    this.#peoples.set(id, {
      ...texts,
      title,
      views: left.views.nodes,
    });
    await this.addCards(left, 3 + this.#random.below(6));
  }

  /** People put cards on a board. */
  async addCards(board: Seen, count: number): Promise<void> {
    const route = this.#route();
    await addCards(route, board, count);
    const now = (await boardsSeen(route)).find(({ id }) => id === board.id);
    for (const { id, fieldValueByName } of now?.items.nodes ?? []) {
      if (this.#cards.has(id) || !fieldValueByName) continue;
      const moves = fieldValueByName.name.startsWith(iceBox.name);
      this.#cards.set(id, { board: board.id, option: fieldValueByName.optionId, moves });
    }
  }

  /** Looks by a route of its own whether all that people made is as they left it. */
  async assertUnharmed(): Promise<void> {
    const boards = new Map((await boardsSeen(this.#route())).map((one) => [one.id, one]));
    for (const [id, { board, option, moves }] of this.#cards) {
      const there = boards.get(board);
      if (there === undefined) {
        assert.ok(this.#canGo.has(board), `the board with card ${id} is gone, and nobody said so`);
        continue;
      }
      const now = there.items.nodes.find((one) => one.id === id)?.fieldValueByName;
      assert.ok(now, `card ${id} of board ${there.title} has no status`);
      assert.ok(moves || now.optionId === option, `card ${id} of board ${there.title} is on ${now.name}`);
    }
    for (const [id, peoples] of this.#peoples) {
      const board = boards.get(id);
      assert.ok(board, `the board ${peoples.title} of people's is gone`);
      const { title, readme, shortDescription, public: isPublic, views } = board;
      const text = (readme ?? "").replace(/(\n\n)?<!-- mesh-six-infra board of [^>]*-->/g, "");
      assert.deepEqual(
        { title, readme: text, shortDescription: shortDescription ?? "", public: isPublic },
        {
          title: peoples.title,
          readme: peoples.readme,
          shortDescription: peoples.shortDescription,
          public: peoples.public,
        },
      );
      const theirs = views.nodes.filter((view) => peoples.views.some(({ id }) => id === view.id));
      assert.deepEqual(theirs, peoples.views, `views of ${title}`);
    }
    this.#assertNoSecond([...boards.values()]);
  }

  #assertNoSecond(boards: readonly Seen[]): void {
    const markers = boards.flatMap(({ readme, title }) =>
      [...(readme ?? "").matchAll(/repository (\S+) -->/g)].map(([, id]) => [id, title] as const),
    );
    const ids = markers.map(([id]) => id);
    const twice = markers.filter(([id], index) => ids.indexOf(id) !== index);
    assert.deepEqual(twice, [], "boards that are a repository's second");
  }
}
