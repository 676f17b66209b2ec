import type { BoardInputs, BoardOutputs } from "../../../providers/projectBoard/model.ts";
import {
  check,
  create,
  delete as remove,
  diff,
  read,
  update,
} from "../../../providers/projectBoard/provider.ts";

interface Resource {
  readonly id: string;
  readonly inputs: BoardInputs;
  readonly outs: BoardOutputs;
}

/** The boards of a stack, taken through the provider as the engine takes them: refresh, check, diff, then the change. */
export class BoardStack {
  #state = new Map<string, Resource>();

  get boards(): ReadonlyMap<string, Resource> {
    return this.#state;
  }

  /** As a new stack, or one whose state was lost. */
  forget(): void {
    this.#state = new Map();
  }

  /** As `renamedFrom` does: the entry's board keeps its place in the state under another name. */
  alias(from: string, to: string): void {
    const resource = this.#state.get(from);
    if (resource) this.#state.set(to, resource);
    this.#state.delete(from);
  }

  /**
   * `pulumi up`. All changes before an error are in the state, as with the engine.
   *
   * @param entries - the declared boards by the names of their entries
   * @throws Error the first that the provider throws
   */
  async up(entries: ReadonlyMap<string, BoardInputs>, refresh: boolean): Promise<void> {
    if (refresh) for (const [name, resource] of [...this.#state]) await this.#refresh(name, resource);
    const old: Resource[] = [];
    for (const [name, inputs] of entries) {
      const there = this.#state.get(name);
      const { failures } = await check(there?.inputs ?? {}, inputs);
      if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
      const outs = there && (await this.#update(there, inputs));
      if (outs === "unchanged") continue;
      if (there && outs === "replace") old.push(there);
      const made =
        outs === undefined || outs === "replace" ? await create(inputs) : { id: there?.id ?? "", outs };
      this.#state.set(name, { ...made, inputs });
    }
    for (const { id, outs } of old) await remove(id, outs);
    for (const [name, { id, outs }] of [...this.#state]) {
      if (entries.has(name)) continue;
      await remove(id, outs);
      this.#state.delete(name);
    }
  }

  async #refresh(name: string, resource: Resource): Promise<void> {
    const seen = await read(resource.id, resource.outs);
    if ("props" in seen) this.#state.set(name, { ...resource, outs: seen.props });
    else this.#state.delete(name);
  }

  async #update(
    { id, outs }: Resource,
    inputs: BoardInputs,
  ): Promise<BoardOutputs | "unchanged" | "replace"> {
    const { changes, replaces } = await diff(id, outs, inputs);
    if (replaces.length > 0) return "replace";
    return changes ? (await update(id, outs, inputs)).outs : "unchanged";
  }
}
