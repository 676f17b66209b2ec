/** A fault that is no failure, and passes. */
const ofNone = {
  "score-list": "the orchestrator answers scores as a bare list, as older versions do: this is no failure",
} as const;

/** Faults that the smoke tests have to notice. */
const ofSmoke = {
  "dispatch-refused": "the orchestrator has no agent for any task (503)",
  "dispatch-elsewhere": "the orchestrator gives every task to cost-tracker, which does it",
  "agent-unregistered": "simple-agent is missing in the orchestrator's list of agents",
  "history-missing": "results of tasks never reach agent_task_history",
  "history-foreign": "results are recorded under another task's id, hours ago",
  "task-fails": "every agent's task ends without success",
  "memory-lost": "simple-agent forgets earlier messages",
  "memory-foreign": "simple-agent finds memories, but those of another user",
  "consult-without-summary": "architect-agent's recommendation has no summary",
  "consult-fails": "architect-agent answers 500",
  "score-swapped": "kubectl-deployer is ranked above argocd-deployer",
  "pod-pending": "simple-agent's Pod is not scheduled",
  "pod-crashing": "homelab-monitor's container waits in CrashLoopBackOff",
  "component-missing": "the sidecars have not loaded agent-outbox",
  "sidecar-down": "project-manager's sidecar does not answer",
  "dashboard-down": "the dashboard answers 502",
  "dashboard-without-routes": "the dashboard answers 404 to any path but /",
  "dashboard-offline": "the dashboard's MQTT address leads nowhere (seen in a browser)",
  "dashboard-without-tasks": "no task is published over MQTT (seen in a browser)",
  "bridge-down": "claude-mqtt-bridge has no Pod",
  "homelab-monitor-timeout": "homelab-monitor never answers",
  "cost-tracker-down": "cost-tracker answers 503",
  "cost-tracker-error": "cost-tracker answers 200 and says that it has failed",
  "events-missing-llm.response": "no llm.response is written to the event log",
} as const;

/** Faults that both suites have to notice. */
const ofBoth = {
  "events-stale": "every event is written as of an hour ago",
  "events-missing-llm.call": "no llm.call is written to the event log",
  "events-missing-state.transition": "no state.transition is written to the event log",
} as const;

/** Faults that the end-to-end test has to notice. */
const ofEndToEnd = {
  "webhook-lost": "webhook-receiver takes deliveries and does nothing",
  "stall-intake": "a card put into Todo is not taken up",
  "stall-planning": "the card stays in Todo",
  "stall-implementation": "the card stays in Planning",
  "stall-qa": "the card stays in In Progress",
  "stall-review": "the card stays in QA",
  "stall-accepted": "the card stays in Review",
  "column-order": "the card goes to QA before In Progress",
  "card-blocked": "the card goes from Planning to Blocked and stays there",
  "comments-missing": "the card moves, but nothing is written to the issue",
  "guidance-missing": "the architect's guidance is not written to the issue",
  "plan-short": "the plan is shorter than 500 characters",
  "plan-without-headings": "the plan has no heading",
  "plan-without-tasks": "the plan has no task list",
  "pull-request-missing": "no pull request is opened",
  "pull-request-foreign": "the pull request names another issue, whose number begins with this one's",
  "pull-request-closed": "the pull request is closed as soon as it is open",
  "qa-silent": "no QA result is written to the issue",
  "decoy-events": "events are written for another issue and from before the start, none for this one",
  "decoy-comments": "every comment goes to another issue",
  "health-500": "the deployed test app's /healthz answers 500",
} as const;

/** The faults of the simulated mesh-six, each by its name; tests switch them on to see them noticed. */
export const faults = { ...ofNone, ...ofSmoke, ...ofBoth, ...ofEndToEnd } as const;

/** The same by the suite that fails with them. */
export const faultsBySuite = {
  smoke: ofSmoke,
  e2e: ofEndToEnd,
  "smoke and e2e": ofBoth,
  "neither suite": ofNone,
} as const;

export type Fault = keyof typeof faults;

export function isFault(name: string): name is Fault {
  return Object.hasOwn(faults, name);
}
