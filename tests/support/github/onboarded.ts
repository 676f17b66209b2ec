import assert from "node:assert/strict";
import { addCards, boardSeen, boardsSeen, optionNames, workflow } from "./boards.ts";
import { contentsSeen } from "./contents.ts";
import { TestSandbox } from "../engine/sandbox.ts";
import { githubOf, hooksOf, type SandboxGitHub } from "./sandboxGithub.ts";

/** A sandbox after `up`, with cards on the board of its entry. */
export async function sandboxInUse(): Promise<{
  readonly sandbox: TestSandbox;
  readonly github: SandboxGitHub;
}> {
  const sandbox = await TestSandbox.create();
  await sandbox.operate("up");
  const github = await githubOf(sandbox);
  await addCards(github, await boardSeen(github, "gwa-test-app Workflow"), 9);
  return { sandbox, github };
}

/** Repository, contents, tag, board, row and webhook of an entry are there, each once and complete. */
export async function assertOneOfEverything(
  sandbox: TestSandbox,
  github: SandboxGitHub,
  name: string,
): Promise<void> {
  const repository = `bto-labs/${name}`;
  const boards = (await boardsSeen(github)).filter(
    (board) =>
      board.title.startsWith(`${name} `) ||
      board.repositories.nodes.some(({ nameWithOwner }) => nameWithOwner === repository),
  );
  assert.deepEqual(
    boards.map(({ title }) => title),
    [`${name} Workflow`],
  );
  const [board] = boards;
  assert.ok(board);
  assert.deepEqual(
    optionNames(board, "Status"),
    workflow.map((option) => option.name),
  );
  assert.equal(board.fields.nodes.filter((field) => field.name === "Priority").length, 1);
  const seen = await contentsSeen(github, repository);
  assert.equal(seen.commits.length, 2, "auto_init's commit and ours");
  assert.equal(seen.tag, seen.commits[0]);
  const rows = await sandbox.rows<{ board_id: string }>(
    `SELECT board_id FROM repo_registry WHERE service_name = '${name}'`,
  );
  assert.deepEqual(rows, [{ board_id: board.id }]);
  assert.equal((await hooksOf(github)).length, 1);
}
