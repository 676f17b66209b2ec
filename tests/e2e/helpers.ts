import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GitHub, LostAnswerError } from "../../lib/github/client.ts";
import { fetchOutside } from "../../lib/network/fetch.ts";
import type { EndToEndEnvironment } from "../live/environment.ts";
import type { Database } from "../live/database.ts";
import { eventsSince } from "../live/events.ts";
import { brief } from "../live/values.ts";
import { eventsOf } from "./belonging.ts";
import { addCard, type Board, type IssueRow, look, type Seen, setStatus, statusField } from "./documents.ts";
import { columns } from "./stages.ts";
import { type Observation, Setback, type Subject } from "./story.ts";

/** The issue of this run, on the board. */
export interface Issue extends Subject {
  /** Node id. */
  readonly id: string;
  readonly url: string;
}

/** Title and body of the new issue: the first heading of the fixture, and the rest. */
export async function feature(): Promise<{ readonly title: string; readonly body: string }> {
  const text = await readFile(join(import.meta.dirname, "fixtures/tagging-feature.md"), "utf8");
  const [heading = "", ...rest] = text.split("\n");
  return { title: heading.replace(/^#+\s*/, ""), body: rest.join("\n").trim() };
}

/** The test repository, its board, the database and the deployed app, as one run uses them. */
export class TestBed {
  readonly #environment: EndToEndEnvironment;
  readonly #github: GitHub;
  readonly #database: Database;

  constructor(environment: EndToEndEnvironment, database: Database) {
    this.#environment = environment;
    this.#database = database;
    this.#github = new GitHub({
      baseUrl: environment.githubUrl,
      token: environment.token,
      backoffSeconds: 5,
    });
  }

  /**
   * Opens the issue.
   *
   * @param mark - in the title, and in no other issue's: an issue whose answer was lost is found by it
   */
  async open(mark: string): Promise<Issue> {
    const { title, body } = await feature();
    const given = { ...this.#where, title: `${title} (${mark})`, body, labels: [label] };
    let row: IssueRow;
    try {
      row = await this.#github.rest<IssueRow>("POST /repos/{owner}/{repo}/issues", given);
    } catch (error) {
      const found = error instanceof LostAnswerError ? await this.#find(mark) : undefined;
      if (found === undefined) throw error;
      row = found;
    }
    return this.#issue(row);
  }

  /** The labels the issue really has: GitHub drops them silently where the token cannot set them. */
  async hasLabel({ number }: Issue): Promise<boolean> {
    const row = await this.#github.rest<IssueRow>("GET /repos/{owner}/{repo}/issues/{issue_number}", {
      ...this.#where,
      issue_number: number,
    });
    return row.labels.some(({ name }) => name === label);
  }

  /** Adds the issue to the board and sets Status to Todo: a card that is only added has no status. */
  async putOnBoard({ id }: Issue): Promise<string> {
    const { node } = await this.#github.query<{ node: Board | null }>(statusField, {
      board: this.#environment.projectId,
    });
    const field = node?.field;
    if (!field?.options) {
      throw new Error(`board ${this.#environment.projectId}: expected a field Status, got ${brief(node)}`);
    }
    const option = (name: string) => field.options?.find((each) => each.name === name)?.id;
    const missing = columns.filter((name) => option(name) === undefined);
    if (missing.length > 0) {
      const present = field.options.map(({ name }) => name).join(", ");
      throw new Error(
        `board: expected the columns ${columns.join(", ")}, got ${present}; run pulumi up --refresh`,
      );
    }
    const board = this.#environment.projectId;
    const { addProjectV2ItemById: added } = await surely(() =>
      this.#github.mutate<{ addProjectV2ItemById: { item: { id: string } } }>(addCard, { board, issue: id }),
    );
    const { id: item } = added.item;
    const change = { board, item, field: field.id, option: option("Todo") };
    await surely(() => this.#github.mutate(setStatus, change));
    return item;
  }

  /**
   * All that is to be seen of the issue now.
   *
   * @param since - by the database's clock: older events are not looked at
   * @param health - whether to ask the deployed app too
   */
  async observe(issue: Issue, card: string, since: Date, health: boolean): Promise<Observation> {
    const { owner, repository: name } = issue;
    const [seen, workflows, events, answer] = await Promise.all([
      this.#github.query<Seen>(look, { owner, name, number: issue.number, card }).catch((error: unknown) => {
        throw takenAway(error) ?? error;
      }),
      this.#database.rows<{ workflow_id: string; own: boolean }>(
        `SELECT workflow_id, lower(repo_owner) = lower($2) AND lower(repo_name) = lower($3) AS own
         FROM pm_workflow_instances
         WHERE issue_number = $1 AND updated_at >= $4`,
        [issue.number, owner, name, since],
      ),
      eventsSince(this.#database, since),
      health ? this.#health() : undefined,
    ]);
    const idsOf = (rows: typeof workflows) => rows.map(({ workflow_id }) => workflow_id);
    const found = seen.repository?.issue;
    return {
      column: seen.node?.fieldValueByName?.name,
      closed: found?.state === "CLOSED" ? (found.stateReason ?? "COMPLETED") : undefined,
      comments: found?.comments.nodes ?? [],
      pulls: seen.repository?.pullRequests.nodes ?? [],
      events: eventsOf(
        {
          ...issue,
          workflows: idsOf(workflows.filter(({ own }) => own)),
          otherWorkflows: idsOf(workflows.filter(({ own }) => !own)),
        },
        events,
      ),
      health: answer,
    };
  }

  /** Closes the issue; a repeated call changes nothing. */
  async close(number: number, reason: "completed" | "not_planned"): Promise<void> {
    const change = { issue_number: number, state: "closed", state_reason: reason };
    await surely(() =>
      this.#github.rest("PATCH /repos/{owner}/{repo}/issues/{issue_number}", { ...this.#where, ...change }),
    );
  }

  /** Closes what carries the mark and is still open: an issue may be there although opening it failed. */
  async closeMarked(mark: string): Promise<number | undefined> {
    const found = await this.#find(mark);
    if (found !== undefined) await this.close(found.number, "not_planned");
    return found?.number;
  }

  get #where() {
    return { owner: this.#environment.owner, repo: this.#environment.repository };
  }

  #issue(row: IssueRow): Issue {
    const { owner, repository } = this.#environment;
    const { node_id: id, html_url: url, number, created_at: createdAt } = row;
    return { id, url, number, createdAt, owner, repository };
  }

  async #find(mark: string): Promise<IssueRow | undefined> {
    const rows = await this.#github.rest<readonly IssueRow[]>("GET /repos/{owner}/{repo}/issues", {
      ...this.#where,
      state: "open",
      per_page: 50,
    });
    return rows.find(({ title }) => title.includes(mark));
  }

  async #health(): Promise<{ readonly ok: boolean; readonly seen: string }> {
    const url = `${this.#environment.appUrl}/healthz`;
    try {
      const response = await fetchOutside(url, { signal: AbortSignal.timeout(10_000) });
      const text = await response.text();
      const status = /"status"\s*:\s*"([^"]*)"/.exec(text)?.[1];
      // A proxy's or another site's page may answer at any path.
      const isOther = status === undefined ? /<html[\s>]/i.test(text) : !/^(ok|healthy)$/i.test(status);
      const ok = response.ok && !isOther;
      return { ok, seen: `${url} gave ${String(response.status)} ${brief(text, 60)}` };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { ok: false, seen: `${url}: ${cause instanceof Error ? cause.message : String(cause)}` };
    }
  }
}

/** GitHub's words for a card or an issue that is no longer there: no more waiting helps. */
function takenAway(error: unknown): Setback | undefined {
  const { message } = error as Error;
  if (/Could not resolve to a node\b/i.test(message))
    return new Setback("the card was taken off the board by someone");
  if (/Could not resolve to an Issue\b/i.test(message))
    return new Setback("the issue was deleted or moved by someone");
  return undefined;
}

/** Sends a write again whose answer was lost; for those of which a second one changes nothing. */
async function surely<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof LostAnswerError) || attempt === 4) throw error;
      await sleep(attempt * 1_000);
    }
  }
}

/** The label that starts the system's workflows. */
const label = "feature-request";
