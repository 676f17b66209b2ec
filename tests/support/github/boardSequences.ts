import type { BoardInputs } from "../../../providers/projectBoard/model.ts";
import type { Hiding } from "../../../sandbox/emulators/github/store/world.ts";
import { BoardStack } from "./boardStack.ts";
import { boardInputs, boardsSeen, editOptions, mutate, type Seen } from "./boards.ts";
import type { TestGitHub } from "./testGitHub.ts";
import { iceBox, PeoplesWork } from "./peoplesWork.ts";
import type { Random } from "../random.ts";

/** A stack of boards, and people who work on GitHub beside it. */
export class BoardSequence {
  readonly #github: TestGitHub;
  readonly #random: Random;
  readonly #say: (step: string) => void;
  readonly #stack = new BoardStack();
  /** The entries that the settings declare. */
  readonly #entries = new Map<string, BoardInputs>();
  /** Every entry there ever was, as last declared. */
  readonly #known = new Map<string, BoardInputs>();
  readonly #peoples: PeoplesWork;
  /** Ups so far: how many went through, and how many were refused. */
  readonly ups = { through: 0, refused: 0 };
  #organization: string;
  #made = 0;

  constructor(github: TestGitHub, random: Random, say: (step: string) => void) {
    this.#github = github;
    this.#random = random;
    this.#say = say;
    this.#organization = github.owner;
    this.#peoples = new PeoplesWork(() => this.#route, random);
  }

  /** Looks by a route of its own whether all that people made is as they left it. */
  assertUnharmed(): Promise<void> {
    return this.#peoples.assertUnharmed();
  }

  /** One step, whichever. */
  async step(): Promise<void> {
    const steps = [
      ["add an entry", () => this.#add(false)],
      ["adopt a board of people's", () => this.#add(true)],
      ["remove an entry", () => this.#removeEntry()],
      ["put an entry back", () => this.#putBack()],
      ["take adopt away", () => this.#change(() => ({ adopt: false }))],
      ["other texts", () => this.#change(() => ({ shortDescription: `text ${this.#random.below(99)}` }))],
      ["another title", () => this.#change(() => ({ title: `Title ${(this.#made += 1)}` }))],
      ["turn githubRetain over", () => this.#turnRetain()],
      [
        "reorder options",
        () => this.#change((i) => ({ statusOptions: this.#random.shuffled(i.statusOptions) })),
      ],
      ["rename an option", () => this.#change((inputs) => this.#renamedOption(inputs))],
      ["rename the organization", () => this.#renameOrganization()],
      ["rename a repository", () => this.#renameRepository()],
      ["rename a board by hand", () => this.#renameBoard()],
      ["reorder and rename options by hand", () => this.#editByHand()],
      ["add cards", () => this.#addCards()],
      ["lose the state", () => Promise.resolve(this.#stack.forget())],
      ["up", () => this.up(this.#random.chance(0.5))],
      ["up", () => this.up(this.#random.chance(0.5))],
      ["up, an answer lost", () => this.#upWith("lost")],
      ["up, killed", () => this.#upWith("killed")],
      ["up, something hidden", () => this.#upWith("hidden")],
    ] as const;
    const [name, take] = this.#random.pick(steps);
    this.#say(name);
    await take();
  }

  /** @returns the refusal, undefined when the up went through */
  async up(refresh: boolean): Promise<string | undefined> {
    for (const { id, outs } of this.#stack.boards.values()) {
      if (outs.deleteOnDestroy) this.#peoples.canGo(id);
    }
    try {
      await this.#stack.up(this.#entries, refresh);
    } catch (error) {
      const mistake = [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind);
      const said = error instanceof Error ? error.message : String(error);
      if (mistake || /Cannot read properties|is not iterable|is not a function/.test(said)) throw error;
      this.ups.refused += 1;
      this.#say(`  refused: ${said.slice(0, 300)}`);
      return said;
    }
    this.ups.through += 1;
    return undefined;
  }

  async #add(theirs: boolean): Promise<void> {
    if (this.#known.size >= 4) return;
    const name = `app-${(this.#made += 1)}`;
    const deleteOnDestroy = this.#random.chance(0.5);
    const empty = this.#random.chance(0.5) ? { readme: "", shortDescription: "" } : {};
    const inputs = await boardInputs(this.#route, name, { adopt: theirs, deleteOnDestroy, ...empty });
    if (theirs) await this.#peoples.makeBoard(inputs.title);
    this.#declare(name, theirs ? { ...inputs, statusMoves: { [iceBox.name]: "Todo" } } : inputs);
  }

  /** GitHub as people ask it, by the organization's name of today. */
  get #route(): TestGitHub {
    return { ...this.#github, owner: this.#organization };
  }

  #declare(name: string, inputs: BoardInputs): void {
    this.#entries.set(name, inputs);
    this.#known.set(name, inputs);
  }

  #removeEntry(): Promise<void> {
    const names = [...this.#entries.keys()];
    if (names.length > 0) this.#entries.delete(this.#random.pick(names));
    return Promise.resolve();
  }

  #putBack(): Promise<void> {
    const names = [...this.#known.keys()].filter((name) => !this.#entries.has(name));
    const name = names.length > 0 ? this.#random.pick(names) : undefined;
    const inputs = name === undefined ? undefined : this.#known.get(name);
    if (name !== undefined && inputs) this.#declare(name, { ...inputs, adopt: this.#random.chance(0.7) });
    return Promise.resolve();
  }

  #change(edit: (inputs: BoardInputs) => Partial<BoardInputs>): Promise<void> {
    const entries = [...this.#entries];
    if (entries.length === 0) return Promise.resolve();
    const [name, inputs] = this.#random.pick(entries);
    this.#declare(name, { ...inputs, ...edit(inputs) });
    return Promise.resolve();
  }

  /** A name that nobody had before; every name of before leads to it. */
  #renamedOption({ statusOptions, statusRenames, statusMoves }: BoardInputs): Partial<BoardInputs> {
    const { name: old } = this.#random.pick(statusOptions);
    const name = `${old.split(" ~")[0]} ~${(this.#made += 1)}`;
    const follow = (to: string) => (to === old ? name : to);
    const renames = Object.entries(statusRenames).map(([from, to]) => [from, follow(to)] as const);
    const moves = Object.entries(statusMoves).map(([from, to]) => [from, follow(to)] as const);
    return {
      statusOptions: statusOptions.map((option) => (option.name === old ? { ...option, name } : option)),
      statusRenames: { ...Object.fromEntries(renames), [old]: name },
      statusMoves: Object.fromEntries(moves),
    };
  }

  #turnRetain(): Promise<void> {
    for (const [name, inputs] of this.#entries)
      this.#declare(name, { ...inputs, deleteOnDestroy: !inputs.deleteOnDestroy });
    return Promise.resolve();
  }

  /** By its owners in the browser; the settings follow. */
  async #renameOrganization(): Promise<void> {
    const to = `bto-${(this.#made += 1)}`;
    await this.#github.renameOrganization(this.#organization, to);
    this.#organization = to;
    for (const [names, inputs] of [...this.#known]) {
      const renamed = { ...inputs, owner: to, repository: `${to}/${inputs.repository.split("/")[1]}` };
      this.#known.set(names, renamed);
      if (this.#entries.has(names)) this.#entries.set(names, renamed);
    }
  }

  /** By hand; at times the settings follow, by `renamedFrom` or with an entry of the new name. */
  async #renameRepository(): Promise<void> {
    const entries = [...this.#entries];
    if (entries.length === 0) return;
    const [entry, inputs] = this.#random.pick(entries);
    // By its id: a repository and then its organization renamed, and no name of before leads there.
    const { node } = await this.#github.graphql<{ node: { nameWithOwner: string } }>(
      "query ($id: ID!) { node(id: $id) { ... on Repository { nameWithOwner } } }",
      { id: inputs.repositoryId },
    );
    const name = `renamed-${(this.#made += 1)}`;
    await this.#github.rest("PATCH", `/repos/${node.nameWithOwner}`, { name });
    if (this.#random.chance(0.5)) return;
    this.#entries.delete(entry);
    this.#known.delete(entry);
    const isSame = this.#random.chance(0.5);
    if (isSame) this.#stack.alias(entry, name);
    const repository = `${this.#organization}/${name}`;
    this.#declare(name, { ...inputs, repository, ...(isSame ? {} : { adopt: true }) });
  }

  async #anyBoard(): Promise<Seen | undefined> {
    const boards = await boardsSeen(this.#github, this.#organization);
    return boards.length === 0 ? undefined : this.#random.pick(boards);
  }

  async #renameBoard(): Promise<void> {
    const board = await this.#anyBoard();
    if (board === undefined) return;
    const title = `By hand ${(this.#made += 1)}`;
    await mutate(this.#github, "updateProjectV2", { projectId: board.id, title });
    this.#peoples.retitled(board.id, title);
  }

  async #editByHand(): Promise<void> {
    const board = await this.#anyBoard();
    if (board === undefined) return;
    await editOptions(this.#github, board, "Status", (options) => {
      const goes = this.#random.below(options.length);
      const renamed = options.map((option, index) =>
        index === goes ? { ...option, name: `${option.name} by hand ${(this.#made += 1)}` } : option,
      );
      return this.#random.shuffled(renamed);
    });
  }

  async #addCards(): Promise<void> {
    const board = await this.#anyBoard();
    if (board) await this.#peoples.addCards(board, 1 + this.#random.below(4));
  }

  async #upWith(trouble: "lost" | "killed" | "hidden"): Promise<void> {
    const skip = this.#random.below(9);
    const lost = { skip, action: { kind: "drop", after: true } } as const;
    const dead = { skip: skip + 1, times: 999, action: { kind: "drop" } } as const;
    if (trouble === "lost") await this.#github.faults([lost]);
    else if (trouble === "killed") await this.#github.faults([lost, dead]);
    else await this.#github.hide(await this.#something());
    await this.up(this.#random.chance(0.5));
    await this.#github.faults([]);
    await this.#github.hide({});
  }

  /** Some cards, and at times fields, views or the whole board. */
  async #something(): Promise<Record<string, Hiding>> {
    const board = await this.#anyBoard();
    if (board === undefined) return {};
    const some = <T>(all: readonly T[], share: number) => all.filter(() => this.#random.chance(share));
    const parts = this.#random.chance(0.3) ? [...board.fields.nodes, ...board.views.nodes] : [];
    const whole = some([board], 0.3);
    const cards = some(board.items.nodes, 0.5).map(
      ({ id }) => [id, this.#random.pick(["null", "redacted"] as const)] as const,
    );
    const nulls = [...some(parts, 0.3), ...whole].map(({ id }) => [id, "null"] as const);
    return Object.fromEntries<Hiding>([...cards, ...nulls]);
  }
}
