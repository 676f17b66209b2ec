import { guidance } from "./architect.ts";

/** The texts of the project manager and the developer on an issue and its pull request. */

export function architectComment(): string {
  return [
    "### Architect Guidance",
    "",
    guidance,
    "",
    "### Acceptance Criteria",
    "",
    "See the guidance above and the issue itself.",
  ].join("\n");
}

/** More than 500 characters, with headings and a task list unless one of them is to be left out. */
export function plan(title: string, parts: { readonly headings: boolean; readonly tasks: boolean }): string {
  const heading = (level: string, text: string) => (parts.headings ? `${level} ${text}` : `${text}:`);
  const steps = [
    "Add a table for tags with its id, its unique name and when it was made, by a migration at start",
    "Add a table that joins bookmarks and tags, so that a bookmark has any number of tags and a tag any bookmarks",
    "Serve GET, POST and DELETE for tags; refuse an empty name and a name that is there already",
    "Take a list of tag ids when a bookmark is made or changed, and give its tags back with each bookmark",
    "Filter the list of bookmarks by a tag, and count how often each tag is used, for a tag cloud",
    "Cover all of it by browser tests against the deployed application",
  ];
  return [
    heading("##", `Implementation plan: ${title}`),
    "",
    heading("###", "Approach"),
    "",
    "One module for the new relation beside the module of the bookmarks; no new dependency; the health page stays as it is.",
    "",
    heading("###", "Tasks"),
    "",
    ...steps.map((step) => (parts.tasks ? `- [ ] ${step}` : `${step}.`)),
    "",
    heading("###", "Risks"),
    "",
    "An existing database has to be taken along: the migration only adds.",
  ].join("\n");
}

export function shortPlan(title: string): string {
  return `## Plan\n\n- [ ] ${title}`;
}

export function pullRequestBody(issueNumber: number): string {
  return `Implements the plan.\n\nCloses #${String(issueNumber)}`;
}

export function testResults(): string {
  return "## QA results\n\n✅ All tests passed: 14 passed, 0 skipped (Playwright, chromium).";
}

export function accepted(): string {
  return "The deployed application is healthy; the issue's work is accepted.";
}
