import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Workflow } from "./eventLog.ts";
import { GitHub, type Board, type Card } from "./githubClient.ts";
import type { System } from "../system.ts";
import { think } from "./tasks.ts";
import { accepted, architectComment, plan, pullRequestBody, shortPlan, testResults } from "./texts.ts";

const name = "project-manager";

/** The phases of a piece of work on one issue, and the column of its card in each. */
const phases = {
  INTAKE: "Todo",
  PLANNING: "Planning",
  IMPLEMENTATION: "In Progress",
  QA: "QA",
  REVIEW: "Review",
  ACCEPTED: "Done",
} as const;
type Phase = keyof typeof phases;

/** Takes up the card and brings it through all columns; what goes wrong is in its log. */
export function takeUp(system: System, itemId: string): void {
  walk(system, itemId).catch((error: unknown) => {
    system.logs.write(name, `Workflow of ${itemId} failed: ${(error as Error).message}`);
  });
}

async function walk(system: System, itemId: string): Promise<void> {
  if (system.faults.has("stall-intake") || !system.alive(name)) return;
  const environment = await system.cluster.environment(name);
  for (const needed of ["GITHUB_PROJECT_ID", "GITHUB_STATUS_FIELD_ID", "GITHUB_TOKEN", "DATABASE_URL"])
    if ((environment[needed] ?? "") === "") throw new Error(`${needed} is not set`);
  const board: Board = {
    projectId: environment["GITHUB_PROJECT_ID"] ?? "",
    statusFieldId: environment["GITHUB_STATUS_FIELD_ID"] ?? "",
  };
  const github = new GitHub(system.githubUrl, environment["GITHUB_TOKEN"] ?? "");
  const card = await github.card(itemId, board);
  if (card === undefined) {
    system.logs.write(name, `Card ${itemId} is of another board, or holds no issue`);
    return;
  }
  await new Work(system, github, board, card).run();
}

/** The work on one issue. */
class Work {
  readonly #system: System;
  readonly #github: GitHub;
  readonly #board: Board;
  readonly #card: Card;
  readonly #workflow: Workflow;
  readonly #taskId = randomUUID();
  #phase: Phase = "INTAKE";
  /** The issue that gets the comments meant for this one, when a fault wants that. */
  #decoyIssue: number | undefined;

  constructor(system: System, github: GitHub, board: Board, card: Card) {
    this.#system = system;
    this.#github = github;
    this.#board = board;
    this.#card = card;
    const { number, repository } = card.issue;
    this.#workflow = {
      id: randomUUID(),
      issueNumber: number,
      owner: repository.owner.login,
      repository: repository.name,
      itemId: card.id,
    };
  }

  async run(): Promise<void> {
    const { faults } = this.#system;
    await this.#system.database.startWorkflow(this.#workflow);
    await this.#transition(undefined, "INTAKE");
    await this.#think("architect-agent", "What technical approach do you recommend?");
    if (!faults.has("guidance-missing")) await this.#comment(architectComment());
    await this.#rest();

    if (!(await this.#enter("PLANNING"))) return;
    await this.#think("architect-agent", "Write a plan.");
    await this.#comment(this.#plan());
    await this.#rest();
    if (faults.has("card-blocked")) {
      await this.#github.move(this.#card, this.#board, "Blocked");
      return;
    }

    if (faults.has("column-order")) await this.#moveThrough("QA");
    if (!(await this.#enter("IMPLEMENTATION"))) return;
    await this.#implement();
    await this.#rest();

    if (!(await this.#enter("QA"))) return;
    if (!faults.has("qa-silent")) await this.#comment(testResults());
    await this.#rest();

    if (!(await this.#enter("REVIEW"))) return;
    await this.#rest();

    if (!(await this.#enter("ACCEPTED"))) return;
    await this.#comment(accepted());
    await this.#system.database.setPhase(this.#workflow, "ACCEPTED", "completed");
    await this.#emit("workflow.completed", {});
  }

  /** Moves the card into the phase's column; false when a fault holds it where it is. */
  async #enter(phase: Phase): Promise<boolean> {
    const stalled = this.#system.faults.has(
      `stall-${phase.toLowerCase() as Lowercase<Exclude<Phase, "INTAKE">>}`,
    );
    if (stalled) return false;
    await this.#github.move(this.#card, this.#board, phases[phase]);
    await this.#system.database.setPhase(this.#workflow, phase, "active");
    await this.#transition(this.#phase, phase);
    this.#phase = phase;
    return true;
  }

  async #moveThrough(column: string): Promise<void> {
    await this.#github.move(this.#card, this.#board, column);
    await this.#rest();
  }

  #plan(): string {
    const { faults } = this.#system;
    const { title } = this.#card.issue;
    if (faults.has("plan-short")) return shortPlan(title);
    return plan(title, {
      headings: !faults.has("plan-without-headings"),
      tasks: !faults.has("plan-without-tasks"),
    });
  }

  async #implement(): Promise<void> {
    const { faults } = this.#system;
    if (faults.has("pull-request-missing")) return;
    const { number, title } = this.#card.issue;
    const foreign = faults.has("pull-request-foreign");
    const named = foreign ? Number(`${String(number)}0`) : number;
    const suffix = this.#workflow.id.slice(0, 8);
    const pullRequest = await this.#github.openPullRequest(this.#card, {
      branch: `issue-${String(named)}-${suffix}`,
      title: foreign ? "Tidy the imports" : title,
      body: pullRequestBody(named),
      path: `docs/plans/issue-${String(number)}-${suffix}.md`,
      content: plan(title, { headings: true, tasks: true }),
    });
    if (faults.has("pull-request-closed")) await this.#github.closePullRequest(this.#card, pullRequest);
  }

  async #comment(body: string): Promise<void> {
    const { faults } = this.#system;
    if (faults.has("comments-missing")) return;
    if (faults.has("decoy-comments"))
      this.#decoyIssue ??= await this.#github.createIssue(this.#card, "Another piece of work");
    await this.#github.comment(this.#card, body, this.#decoyIssue);
  }

  async #think(agentId: string, prompt: string): Promise<void> {
    // A decoy's thoughts belong to a trace and a task nobody knows.
    const decoy = this.#system.faults.has("decoy-events");
    const traceId = decoy ? randomUUID() : this.#workflow.id;
    const taskId = decoy ? randomUUID() : this.#taskId;
    await think(this.#system, { agentId, traceId, taskId, prompt }, () => prompt);
  }

  async #transition(from: Phase | undefined, to: Phase): Promise<void> {
    await this.#emit("state.transition", { from: from ?? null, to });
    this.#system.logs.write(
      name,
      `Issue #${String(this.#workflow.issueNumber)}: ${from ?? "new"} to ${to} (workflow ${this.#workflow.id})`,
    );
  }

  async #emit(type: "state.transition" | "workflow.completed", about: object): Promise<void> {
    const { database, faults } = this.#system;
    const { id, issueNumber, owner, repository } = this.#workflow;
    const payload = { ...about, issueNumber, repoOwner: owner, repoName: repository };
    const event = { traceId: id, taskId: this.#taskId, agentId: name, type, payload };
    if (!faults.has("decoy-events")) {
      await database.emit(event);
      return;
    }
    const otherIssue = { ...payload, issueNumber: issueNumber + 1 };
    await database.emit({ ...event, traceId: randomUUID(), taskId: randomUUID(), payload: otherIssue });
    await database.emit({ ...event, minutesAgo: 20 });
  }

  async #rest(): Promise<void> {
    await sleep(this.#system.pace);
  }
}
