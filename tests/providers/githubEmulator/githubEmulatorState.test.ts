import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { startGithub } from "../../../sandbox/emulators/github/emulator.ts";
import {
  boardWithCards,
  clientOf,
  emulator,
  statusCounts,
  token,
  type Emulator,
} from "./githubEmulatorSupport.ts";

const controlToken = "control";

/** The emulator as the sandbox runs it: a process of its own. */
async function asProcess(
  t: TestContext,
  directory: string,
): Promise<Emulator & { kill: () => Promise<void> }> {
  const config = join(directory, "config.json");
  await writeFile(
    config,
    JSON.stringify({ dataDirectory: join(directory, "data"), organization: "bto-labs", token, controlToken }),
  );
  const child = spawn(process.execPath, ["sandbox/emulators/github/server.ts", config], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  t.after(kill);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const url = /http\S+/.exec(line)?.[0] ?? "";
  return { ...clientOf({ url, controlToken, close: kill }, directory), kill };
}

/** Everything there is, without the links, which name the port. */
async function everything(e: Emulator): Promise<string> {
  return JSON.stringify(await e.control("GET", "/snapshot")).replace(/127\.0\.0\.1:\d+/g, "HOST");
}

void test("everything survives a process killed right after an answer", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "github-emulator-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const first = await asProcess(t, directory);
  await first.rest("POST", "/orgs/bto-labs/repos", { name: "app", auto_init: true });
  const { id } = await boardWithCards(first, 4);
  await first.rest("POST", "/repos/bto-labs/app/issues", { title: "gone again", labels: ["bug"] });
  await first.rest("POST", "/orgs/bto-labs/repos", { name: "other", auto_init: true });
  await first.rest("DELETE", "/repos/bto-labs/other");
  const before = await everything(first);
  await first.kill();
  const second = await asProcess(t, directory);
  assert.equal(await everything(second), before);
  assert.deepEqual(await statusCounts(second, id), { Todo: 2, "In Progress": 1, Done: 1 });
});

void test("a request cut off in the middle of writing leaves nothing behind", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "github-emulator-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const settings = { dataDirectory: directory, organization: "bto-labs", token, controlToken };
  const first = await startGithub(settings);
  const before = await everything(clientOf(first, directory));
  await first.close();
  const journal = join(directory, "journal.jsonl");
  await appendFile(journal, `${JSON.stringify({ c: "own.projects", id: 9, row: { id: 9 } })}\n{"c":"own.pro`);
  const second = await startGithub(settings);
  t.after(() => second.close());
  assert.equal(await everything(clientOf(second, directory)), before);
});

void test("the journal can be read by its owner only, and holds no token", async (t) => {
  const e = await emulator(t);
  await boardWithCards(e, 1);
  const journal = join(e.directory, "journal.jsonl");
  assert.equal((await stat(journal)).mode & 0o777, 0o600);
  assert.ok(!(await readFile(journal, "utf8")).includes(token));
});

void test("a restart continues a hook's signatures with the same control token", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "github-emulator-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const settings = { dataDirectory: directory, organization: "bto-labs", token, controlToken };
  const first = await startGithub(settings);
  const config = { url: "https://example.org/hook", content_type: "json", secret: "s" };
  await clientOf(first, directory).rest("POST", "/orgs/bto-labs/hooks", {
    name: "web",
    events: ["push"],
    config,
  });
  await first.close();
  const second = await startGithub(settings);
  t.after(() => second.close());
  const e = clientOf(second, directory);
  assert.equal((await e.rest("POST", "/orgs/bto-labs/hooks/1/pings")).status, 204);
  await e.control("POST", "/settle");
  const { body } = await e.rest<{ event: string }[]>("GET", "/orgs/bto-labs/hooks/1/deliveries");
  assert.deepEqual(
    body.map(({ event }) => event),
    ["ping", "ping"],
  );
});

void test("a state can be kept, restored and reset", async (t) => {
  const e = await emulator(t);
  const { id } = await boardWithCards(e, 3);
  const kept = await e.control("GET", "/snapshot");
  await e.data(`mutation($p:ID!){deleteProjectV2(input:{projectId:$p}){clientMutationId}}`, { p: id });
  await e.control("POST", "/restore", kept);
  assert.deepEqual(await statusCounts(e, id), { Todo: 1, "In Progress": 1, Done: 1 });
  await e.control("POST", "/reset");
  const { organization } = await e.data<{ organization: { projectsV2: { totalCount: number } } }>(
    `{organization(login:"bto-labs"){projectsV2(first:1){totalCount}}}`,
  );
  assert.equal(organization.projectsV2.totalCount, 0);
});

void test("the page shows columns and cards, hostile names as text", async (t) => {
  const e = await emulator(t);
  const { id, number } = await boardWithCards(e, 1);
  const hostile = `<script>alert("x")</script>`;
  await e.data(
    `mutation($p:ID!,$t:String!){updateProjectV2(input:{projectId:$p,title:$t}){clientMutationId}
    addProjectV2DraftIssue(input:{projectId:$p,title:$t}){clientMutationId}}`,
    { p: id, t: hostile },
  );
  for (const path of ["/", `/orgs/bto-labs/projects/${number}`]) {
    const response = await fetch(e.github.url + path);
    const page = await response.text();
    assert.equal(response.status, 200);
    assert.ok(!page.includes("<script"), path);
    assert.ok(page.includes("alert(") && page.includes("&#60;script&#62;"), path);
  }
  const board = await (await fetch(`${e.github.url}/orgs/bto-labs/projects/${number}`)).text();
  for (const text of ["No Status", "Todo", "In Progress", "Done", "Card 0"])
    assert.ok(board.includes(text), text);
});
