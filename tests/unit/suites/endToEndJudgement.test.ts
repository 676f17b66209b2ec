import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventsOf } from "../../e2e/belonging.ts";
import { feature } from "../../e2e/helpers.ts";
import { isGuidance, isPlan, isVerdict, namesIssue, transitions } from "../../e2e/judge.ts";
import type { EventRow } from "../../live/events.ts";

let seq = 0;
function event(change: Partial<EventRow>): EventRow {
  seq += 1;
  return {
    seq: String(seq),
    timestamp: new Date(seq * 1000),
    trace_id: `trace-${String(seq)}`,
    task_id: null,
    agent_id: "project-manager",
    event_type: "state.transition",
    payload: {},
    aggregate_id: null,
    ...change,
  };
}

const issue = {
  owner: "bto-labs",
  repository: "gwa-test-app",
  number: 12,
  workflows: ["wf-12"],
  otherWorkflows: ["wf-other"],
};
const belong = (...events: EventRow[]) => eventsOf(issue, events).length;

describe("an event belongs to the issue", () => {
  test("when it names it, in any spelling", () => {
    assert.equal(belong(event({ payload: { issueNumber: 12 } })), 1);
    assert.equal(belong(event({ payload: { issue_number: "12", repo: "bto-labs/gwa-test-app" } })), 1);
    assert.equal(belong(event({ payload: { issue: { number: 12 }, repoName: "gwa-test-app" } })), 1);
    assert.equal(belong(event({ aggregate_id: "issue:bto-labs/gwa-test-app#12" })), 1);
  });

  test("when it is of its workflow, or shares trace or task with what is", () => {
    const call = event({ event_type: "llm.call", trace_id: "wf-12", task_id: "task-1" });
    const response = event({ event_type: "llm.response", trace_id: "elsewhere", task_id: "task-1" });
    assert.equal(belong(call, response), 2);
    assert.equal(belong(response, call), 2);
  });
});

describe("an event does not belong to the issue", () => {
  test("when it says nothing that leads to it", () => {
    assert.equal(belong(event({ event_type: "llm.call" })), 0);
  });

  test("when it names another issue, also one whose number begins alike", () => {
    assert.equal(belong(event({ payload: { issueNumber: 1 } })), 0);
    assert.equal(belong(event({ payload: { issueNumber: 120 } })), 0);
    assert.equal(belong(event({ payload: { issueNumber: 11 }, trace_id: "wf-12" })), 0);
  });

  test("when it names the same number in another repository or of another owner", () => {
    assert.equal(
      belong(event({ payload: { issueNumber: 12, repoOwner: "bto-labs", repoName: "other" } })),
      0,
    );
    assert.equal(belong(event({ payload: { issueNumber: 12, repo: "else/gwa-test-app" } })), 0);
    assert.equal(belong(event({ aggregate_id: "bto-labs/other#12" })), 0);
  });

  test("when it has the same number and is of another repository's workflow, or names that within", () => {
    assert.equal(belong(event({ payload: { issueNumber: 12 }, trace_id: "wf-other" })), 0);
    for (const repository of [
      "bto-labs/other",
      { full_name: "bto-labs/other" },
      { name: "gwa-test-app", owner: { login: "else" } },
    ]) {
      assert.equal(belong(event({ payload: { issue: { number: 12, repository } } })), 0);
    }
    const own = { name: "gwa-test-app", owner: { login: "bto-labs" } };
    assert.equal(belong(event({ payload: { issue: { number: 12 }, repository: own } })), 1);
  });

  test("when all that it shares is a trace or task that another issue has too", () => {
    const own = event({ payload: { issueNumber: 12 }, trace_id: "everything" });
    const foreign = event({ payload: { issueNumber: 13 }, trace_id: "everything" });
    const call = event({ event_type: "llm.call", trace_id: "everything" });
    assert.deepEqual(eventsOf(issue, [own, foreign, call]), [own]);
  });
});

const comment = (body: string, id = "c") => ({ id, body, createdAt: "2026-01-01T00:00:10Z" });

describe("comments", () => {
  test("are guidance by their words", () => {
    assert.equal(isGuidance(comment("### Architect Guidance\n\nUse SQLite.")), true);
    assert.equal(isGuidance(comment("**Technical Recommendation:** SQLite")), true);
    assert.equal(isGuidance(comment("The architect will look at it.")), false);
  });

  test("are a plan with headings, a task list and some length, not with two of them", () => {
    const text = "Every step keeps what is stored already. ".repeat(15);
    assert.equal(isPlan(comment(`## Plan\n\n- [ ] tables\n- [x] routes\n\n${text}`)), true);
    assert.equal(isPlan(comment(`## Plan\r\n\r\n1. [ ] tables\r\n2. [ ] routes\r\n\r\n${text}`)), true);
    assert.equal(isPlan(comment(`## Plan\n\n- tables\n- routes\n\n${text}`)), false);
    assert.equal(isPlan(comment(`Plan\n\n- [ ] tables\n\n${text}`)), false);
    assert.equal(isPlan(comment("## Plan\n\n- [ ] tables")), false);
  });

  test("are a result of tests by passed, failed, or test with a tick", () => {
    assert.equal(isVerdict(comment("12 tests passed")), true);
    assert.equal(isVerdict(comment("2 of 12 failed")), true);
    assert.equal(isVerdict(comment("✅ Playwright tests")), true);
    assert.equal(isVerdict(comment("Running the tests now")), false);
    assert.equal(isVerdict(comment("✅ looks good")), false);
    assert.equal(isVerdict(comment("The deadline is surpassed")), false);
  });
});

describe("a pull request names the issue", () => {
  const pull = {
    number: 1,
    state: "OPEN" as const,
    title: "",
    body: "",
    headRefName: "main",
    createdAt: "",
    url: "",
  };
  const names = (change: Partial<typeof pull>) => namesIssue({ ...pull, ...change }, issue);

  test("by number, address or branch", () => {
    assert.equal(names({ body: "Closes #12" }), true);
    assert.equal(names({ title: "Tags (#12)" }), true);
    assert.equal(names({ body: "bto-labs/gwa-test-app#12" }), true);
    assert.equal(names({ body: "https://github.com/bto-labs/gwa-test-app/issues/12." }), true);
    assert.equal(names({ headRefName: "feature/issue-12-tags" }), true);
  });

  test("not by another number, another repository's, or a branch that only has the digits", () => {
    assert.equal(names({ body: "Closes #123 and #1" }), false);
    assert.equal(names({ body: "Closes other/repo#12" }), false);
    assert.equal(names({ body: "https://github.com/bto-labs/other/issues/12" }), false);
    assert.equal(names({ body: "Closes not-bto-labs/gwa-test-app#12" }), false);
    assert.equal(names({ body: "https://github.com/x-bto-labs/gwa-test-app/issues/12" }), false);
    assert.equal(names({ headRefName: "issue-120" }), false);
    assert.equal(names({ headRefName: "release-12" }), false);
  });
});

test("transitions lead to columns by the names of states and of columns", () => {
  const to = (state: string) => event({ payload: { to: state } });
  assert.deepEqual(
    transitions([to("PLANNING"), to("In Progress"), to("qa"), to("VALIDATE"), to("ACCEPTED")]),
    [1, 2, 3, 5],
  );
});

test("the feature that is asked for does not itself look like an answer", async () => {
  const { title, body } = await feature();
  assert.ok(title.length > 5);
  for (const wanted of [
    "tags",
    "created_at",
    "tag_ids",
    "tag cloud",
    "Playwright",
    "GET /tags",
    "DELETE /tags",
  ]) {
    assert.match(body, new RegExp(wanted.replace("/", "\\/"), "i"));
  }
  assert.equal(isGuidance(comment(body)), false);
  assert.equal(isVerdict(comment(body)), false);
});
