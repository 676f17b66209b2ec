import type { EventRow } from "../live/events.ts";
import type { Look } from "../live/poll.ts";
import { brief } from "../live/values.ts";
import {
  type Comment,
  isGuidance,
  isPlan,
  isVerdict,
  lacksOfPlan,
  namesIssue,
  placeOf,
  type PullRequest,
  transitions,
} from "./judge.ts";
import { columns, type Step } from "./stages.ts";

/** The issue of this run. */
export interface Subject {
  readonly owner: string;
  readonly repository: string;
  readonly number: number;
  /** ISO, by GitHub's clock. */
  readonly createdAt: string;
}

/** The state of the issue and its surroundings at one moment. */
export interface Observation {
  /** Undefined where the card has no status, or is not on the board. */
  readonly column: string | undefined;
  /** The reason why the issue was closed, as GitHub has it; undefined while it is open. */
  readonly closed: string | undefined;
  /** Comments of the issue. */
  readonly comments: readonly Comment[];
  /** The latest ones of the repository. */
  readonly pulls: readonly PullRequest[];
  /** Those that belong to the issue, in the order they were written. */
  readonly events: readonly EventRow[];
  /** Health of the deployed app; undefined where it was not asked. */
  readonly health: { readonly ok: boolean; readonly seen: string } | undefined;
}

/** The card did what it never should: no more waiting helps. */
export class Setback extends Error {
  override readonly name = "Setback";
}

/** The observations of the issue so far, and the state of each step by them. */
export class Story {
  readonly #subject: Subject;
  /** Columns in the order in which the card was seen in them. */
  readonly #columns: string[] = [];
  /** Each comment's text, with the furthest column of the card when it was first seen. */
  readonly #firstSeen = new Map<string, number>();
  /** Comments that already stand for something. */
  readonly #taken = new Set<string>();
  #now: Observation = {
    column: undefined,
    closed: undefined,
    comments: [],
    pulls: [],
    events: [],
    health: undefined,
  };

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** @throws Setback when the card or the workflow went back, or the issue was given up */
  observe(observation: Observation): void {
    this.#now = observation;
    const { column = "no column", closed, comments, events } = observation;
    if (this.#columns.at(-1) !== column) this.#columns.push(column);
    for (const comment of comments) {
      const key = textKey(comment);
      if (!this.#firstSeen.has(key)) this.#firstSeen.set(key, this.#furthest);
    }
    const back = setback(this.#columns.map(placeOf)) ?? setback(transitions(events));
    if (back !== undefined) {
      throw new Setback(
        `the card went back from ${columns[back[0]] ?? "?"} to ${columns[back[1]] ?? "?"}: ${this.path}`,
      );
    }
    // Later on a merged pull request closes it as completed.
    const early = this.#furthest < columns.indexOf("In Progress");
    if (closed !== undefined && (closed !== "COMPLETED" || early)) {
      const reason = closed.toLowerCase().replace("_", " ");
      throw new Setback(`the issue was closed as ${reason} by someone; the card's way: ${this.path}`);
    }
  }

  /** "Todo → Planning → QA" */
  get path(): string {
    return this.#columns.join(" → ") || "no column";
  }

  /** The state of a step by the last observation. */
  look(step: Step): Look<string> {
    const { wanted } = step;
    const { events, pulls, health } = this.#now;
    switch (wanted.kind) {
      case "column":
        return this.#column(placeOf(wanted.name));
      case "event": {
        const found = events.find(
          ({ event_type, agent_id }) =>
            event_type === wanted.type && (wanted.agent === undefined || agent_id === wanted.agent),
        );
        if (found !== undefined) return { done: `${found.agent_id} at ${found.timestamp.toISOString()}` };
        const types = [...new Set(events.map(({ event_type, agent_id }) => `${event_type} by ${agent_id}`))];
        return { seen: `events of this issue: ${types.join(", ") || "none"}; the card's way: ${this.path}` };
      }
      case "comment":
        return this.#comment(wanted.what);
      case "pull request": {
        const since = Date.parse(this.#subject.createdAt);
        const own = pulls.filter(
          (pull) => Date.parse(pull.createdAt) >= since && namesIssue(pull, this.#subject),
        );
        const open = own.find(({ state }) => state === "OPEN");
        if (open !== undefined) return { done: open.url };
        const ended = own.map(
          ({ number, state }) => `#${String(number)} names it and is ${state.toLowerCase()}; `,
        );
        const others = pulls
          .filter(({ state }) => state === "OPEN")
          .map((pull) => {
            const old = namesIssue(pull, this.#subject) ? " from before the issue" : "";
            return `#${String(pull.number)} “${brief(pull.title, 40)}”${old}`;
          })
          .slice(0, 5);
        return {
          seen: `${ended.join("")}open pull requests: ${others.join(", ") || "none"}; the card's way: ${this.path}`,
        };
      }
      case "health":
        return health?.ok ? { done: health.seen } : { seen: health?.seen ?? "it was not asked" };
    }
  }

  #column(place: number): Look<string> {
    const name = columns[place] ?? "";
    if (this.#columns.includes(name)) return { done: `the card's way: ${this.path}` };
    // A card may pass a column between two looks; then the workflow's own events tell of it.
    if (this.#furthest > place && transitions(this.#now.events).includes(place)) {
      return { done: `passed between two looks, by the event log; the card's way: ${this.path}` };
    }
    const without = this.#furthest > place ? `, without ${name}` : "";
    return { seen: `the card's way: ${this.path}${without}` };
  }

  #comment(what: "guidance" | "plan" | "verdict"): Look<string> {
    const [fits, place] = { guidance: [isGuidance, 0], plan: [isPlan, 1], verdict: [isVerdict, 3] }[what] as [
      (comment: Comment) => boolean,
      number,
    ];
    const since = Date.parse(this.#subject.createdAt);
    // A comment stands for one thing, and a later stage's was not there before its column was.
    const free = this.#now.comments.filter(
      ({ id, createdAt }) => !this.#taken.has(id) && Date.parse(createdAt) >= since,
    );
    const inTime = (comment: Comment) => (this.#firstSeen.get(textKey(comment)) ?? 0) >= place;
    const found = free.find((comment) => fits(comment) && inTime(comment));
    if (found === undefined) {
      const last = this.#now.comments.at(-1);
      const count = String(this.#now.comments.length);
      const shown =
        last === undefined ? "no comment" : `${count} comments, the last “${brief(last.body, 80)}”`;
      const early = free.find(fits);
      const near =
        early === undefined
          ? nearestPlan(what === "plan" ? free.filter(inTime) : [])
          : `; “${brief(early.body, 40)}” came before the card was in ${columns[place] ?? ""}`;
      return { seen: `${shown}${near}; the card's way: ${this.path}` };
    }
    this.#taken.add(found.id);
    return { done: `“${brief(found.body, 60)}”` };
  }

  get #furthest(): number {
    return Math.max(...this.#columns.map(placeOf), 0);
  }
}

/** The step of a way that leads back: the place before and the one it goes back to. */
function setback(places: readonly number[]): readonly [number, number] | undefined {
  let furthest = -1;
  for (const place of places.filter((each) => each >= 0)) {
    if (place < furthest) return [furthest, place];
    furthest = place;
  }
  return undefined;
}

/** The parts that are missing in the comment most like a plan. */
function nearestPlan(comments: readonly Comment[]): string {
  const [first] = comments
    .map((comment) => ({ comment, lacks: lacksOfPlan(comment) }))
    .sort((a, b) => a.lacks.length - b.lacks.length);
  return first === undefined ? "" : `; “${brief(first.comment.body, 40)}” lacks ${first.lacks.join(" and ")}`;
}

/** An edited comment is a new text. */
function textKey({ id, body }: Comment): string {
  return `${id}\n${body}`;
}
