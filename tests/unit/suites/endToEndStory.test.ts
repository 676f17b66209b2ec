import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { columns, inAll, type Step, steps } from "../../e2e/stages.ts";
import { type Observation, Setback, Story } from "../../e2e/story.ts";
import type { PullRequest } from "../../e2e/judge.ts";
import type { EventRow } from "../../live/events.ts";

const subject = {
  owner: "bto-labs",
  repository: "gwa-test-app",
  number: 12,
  createdAt: "2026-01-01T00:00:00Z",
};
const nothing: Observation = {
  column: "Todo",
  closed: undefined,
  comments: [],
  pulls: [],
  events: [],
  health: undefined,
};

/** A story of observations, each with what differs from nothing. */
function story(...observations: readonly Partial<Observation>[]): Story {
  const told = new Story(subject);
  for (const each of observations) told.observe({ ...nothing, ...each });
  return told;
}

const step = (kind: Step["wanted"]["kind"], stage: Step["stage"]): Step => {
  const found = steps.find((each) => each.stage === stage && each.wanted.kind === kind);
  assert.ok(found);
  return found;
};

const happened = (told: Story, wanted: Step) => "done" in told.look(wanted);

const comment = (id: string, body: string, createdAt = "2026-01-01T00:01:00Z") => ({ id, body, createdAt });
const guidance = comment("guidance", "### Architect Guidance\n\n- [ ] table\n\n" + "words ".repeat(120));
const plan = comment("plan", "## Plan\n\n- [ ] all tests passed\n\n" + "words ".repeat(120));
const verdict = comment("verdict", "12 tests passed");

const transition = (to: string, seq = "1"): EventRow => ({
  seq,
  timestamp: new Date("2026-01-01T00:01:00Z"),
  trace_id: "wf",
  task_id: null,
  agent_id: "project-manager",
  event_type: "state.transition",
  payload: { to },
  aggregate_id: null,
});

describe("the steps", () => {
  test("are those of the specification, with its limits and pauses", () => {
    const table = steps.map(
      ({ stage, wanted, within, every }) => `${stage} ${wanted.kind} ${within} ${every}`,
    );
    assert.deepEqual(table, [
      "INTAKE event 5 5",
      "INTAKE event 10 5",
      "INTAKE comment 5 5",
      "PLANNING column 3 5",
      "PLANNING comment 20 5",
      "IMPLEMENTATION column 5 5",
      "IMPLEMENTATION pull request 40 15",
      "QA column 5 5",
      "QA comment 15 5",
      "REVIEW column 5 5",
      "REVIEW health 10 10",
      "ACCEPTED column 10 5",
    ]);
    assert.equal(inAll, 60);
  });
});

describe("a card", () => {
  test("has been in each column when it walks through all", () => {
    const told = story(...columns.map((column) => ({ column })));
    for (const wanted of steps.filter(({ wanted: { kind } }) => kind === "column")) {
      assert.equal(happened(told, wanted), true, wanted.expected);
    }
  });

  test("has not been in a column that it leaves out, and the reason shows its way", () => {
    const look = story({}, { column: "In Progress" }).look(step("column", "PLANNING"));
    assert.ok("seen" in look);
    assert.match(look.seen, /Todo → In Progress, without Planning/);
  });

  test("has been in a column between two looks if the workflow's events say so", () => {
    const events = [transition("PLANNING", "1"), transition("IMPLEMENTATION", "2")];
    assert.equal(happened(story({}, { column: "In Progress", events }), step("column", "PLANNING")), true);
    // An event alone moves no card.
    assert.equal(happened(story({}, { column: "Todo", events }), step("column", "PLANNING")), false);
  });

  test("is a failure at once when it goes back, by the board or by the events", () => {
    assert.throws(() => story({}, { column: "QA" }, { column: "Planning" }), Setback);
    const events = [transition("QA", "1"), transition("PLANNING", "2")];
    assert.throws(() => story({ events }), /went back from QA to Planning/);
  });

  test("has not gone back when it is blocked or off the board for a while", () => {
    const told = story(
      {},
      { column: "Planning" },
      { column: "Blocked" },
      { column: undefined },
      { column: "In Progress" },
    );
    assert.equal(happened(told, step("column", "IMPLEMENTATION")), true);
    assert.match(told.path, /Blocked → no column/);
  });
});

describe("an issue that someone closes", () => {
  test("ends the run at once, with the reason it was closed for", () => {
    assert.throws(() => story({}, { closed: "COMPLETED" }), /closed as completed.*Todo/);
    assert.throws(() => story({ column: "Review", closed: "NOT_PLANNED" }), /closed as not planned/);
  });

  test("does not when a merged pull request may have done it", () => {
    const told = story({ column: "In Progress" }, { column: "Review", closed: "COMPLETED" });
    assert.equal(happened(told, step("column", "REVIEW")), true);
  });
});

describe("comments stand for a stage", () => {
  const inOrder = [
    {},
    { comments: [guidance] },
    { column: "Planning", comments: [guidance] },
    { column: "Planning", comments: [guidance, plan] },
    { column: "QA", comments: [guidance, plan] },
    { column: "QA", comments: [guidance, plan, verdict] },
  ];

  test("each for one, when they come in its time", () => {
    const told = story(...inOrder);
    assert.equal(happened(told, step("comment", "INTAKE")), true);
    assert.equal(happened(told, step("comment", "PLANNING")), true);
    assert.equal(happened(told, step("comment", "QA")), true);
  });

  test("guidance that looks like a plan is none, also where both looks come late", () => {
    const told = story(...inOrder.slice(0, 3));
    assert.equal(happened(told, step("comment", "INTAKE")), true);
    assert.equal(happened(told, step("comment", "PLANNING")), false);
  });

  test("a comment that is nearly one is shown with the parts it lacks, or its early time", () => {
    const seen = (told: Story, wanted: Step) => {
      const look = told.look(wanted);
      return "seen" in look ? look.seen : "done";
    };
    const short = comment("short", "## Plan\n\n- [ ] tables");
    const planning = { column: "Planning", comments: [short, comment("last", "Accepted.")] };
    assert.match(
      seen(story({}, planning), step("comment", "PLANNING")),
      /2 comments, the last “Accepted\.”; “## Plan - \[ \] tables” lacks over 500 characters \(it has \d+\); the card/,
    );
    const early = story({ comments: [verdict] }, { column: "QA", comments: [verdict] });
    assert.match(seen(early, step("comment", "QA")), /“12 tests passed” came before the card was in QA/);
  });

  test("a plan that speaks of passed tests is no result of tests", () => {
    const told = story(...inOrder.slice(0, 5));
    assert.equal(happened(told, step("comment", "INTAKE")), true);
    assert.equal(happened(told, step("comment", "PLANNING")), true);
    assert.equal(happened(told, step("comment", "QA")), false);
  });

  test("a result that was there before QA is none of QA's", () => {
    const told = story({ comments: [verdict] }, { column: "QA", comments: [verdict] });
    assert.equal(happened(told, step("comment", "QA")), false);
  });

  test("a result that comes together with the column is QA's", () => {
    const told = story({ column: "In Progress" }, { column: "QA", comments: [verdict] });
    assert.equal(happened(told, step("comment", "QA")), true);
  });

  test("one from before the issue is none", () => {
    const old = comment("old", guidance.body, "2025-12-31T23:59:00Z");
    assert.equal(happened(story({ comments: [old] }), step("comment", "INTAKE")), false);
  });
});

describe("a pull request", () => {
  test("does not count when it is closed or merged, and the reason says so", () => {
    for (const state of ["CLOSED", "MERGED"] as const) {
      const look = story({ pulls: [{ ...pull, state }] }).look(step("pull request", "IMPLEMENTATION"));
      assert.ok("seen" in look);
      assert.match(
        look.seen,
        new RegExp(`^#3 names it and is ${state.toLowerCase()}; open pull requests: none;`),
      );
    }
  });

  const pull: PullRequest = {
    state: "OPEN",
    number: 3,
    title: "Tags",
    body: "Closes #12",
    headRefName: "issue-12",
    createdAt: "2026-01-01T00:05:00Z",
    url: "https://github.example/pull/3",
  };

  test("counts when it names the issue and is newer; an older one does not", () => {
    assert.equal(happened(story({ pulls: [pull] }), step("pull request", "IMPLEMENTATION")), true);
    const old = { ...pull, createdAt: "2025-12-31T00:00:00Z" };
    const look = story({ pulls: [old] }).look(step("pull request", "IMPLEMENTATION"));
    assert.match("seen" in look ? look.seen : "done", /#3 “Tags” from before the issue/);
  });
});

describe("an event", () => {
  test("counts as a transition from project-manager only", () => {
    const first = step("event", "INTAKE");
    assert.equal(happened(story({ events: [transition("INTAKE")] }), first), true);
    assert.equal(
      happened(story({ events: [{ ...transition("INTAKE"), agent_id: "orchestrator" }] }), first),
      false,
    );
    assert.equal(
      happened(story({ events: [{ ...transition("INTAKE"), event_type: "llm.call" }] }), first),
      false,
    );
  });
});
