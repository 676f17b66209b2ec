import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { boardInputs } from "../../support/github/boards.ts";
import { artifacts, missingBrowser, startBrowser } from "../../support/browser.ts";
import { testGitHub } from "../../support/github/testGitHub.ts";
import { missing as missingNginx, startNginx } from "../../support/nginx.ts";
import { create } from "../../../providers/projectBoard/provider.ts";
import { type Broker, startBroker } from "../../../sandbox/emulators/meshSix/transport/broker.ts";

const reasons = [missingBrowser(), missingNginx()].filter((reason) => reason !== undefined);
if (missingBrowser() !== undefined && process.env["MESH_SIX_REQUIRE_CHROMIUM"] === "1") {
  throw new Error(`MESH_SIX_REQUIRE_CHROMIUM is 1, but: ${missingBrowser() ?? ""}`);
}

const folder = join(import.meta.dirname, "../../support/dashboardPage");
const mqtt = join(dirname(createRequire(import.meta.url).resolve("mqtt/package.json")), "dist/mqtt.esm.js");
/** The output of a build: the same for every address. */
const page = {
  "index.html": readFileSync(join(folder, "index.html"), "utf8"),
  "assets/index-B1x9_aZq.js": readFileSync(join(folder, "main.js"), "utf8"),
  "assets/index-D4e5F6g7.css": readFileSync(join(folder, "style.css"), "utf8"),
  "assets/mqtt-A1b2C3d4.js": readFileSync(mqtt, "utf8"),
};
const viewport = { width: 1100, height: 370 };

describe("the dashboard in a browser", { skip: reasons.length > 0 ? reasons.join("; ") : false }, () => {
  let browser: Browser;
  const brokers: Broker[] = [];
  before(async () => {
    browser = await startBrowser();
    brokers.push(await startBroker(), await startBroker());
  });
  after(async () => {
    await browser.close();
    for (const broker of brokers) await broker.close();
  });

  test("connects to the address of its start, and shows at once what is published there", async () => {
    const broker = brokers[0] ?? assert.fail();
    await showing(broker.url, async (tab) => {
      await tab.waitForSelector("#state.connected");
      assert.equal(await tab.textContent("#address"), broker.url);
      assert.equal(await tab.locator("#tasks tr").count(), 0, "nothing is there before it is published");
      for (const appId of ["orchestrator", "simple-agent", "architect-agent", "project-manager"])
        await broker.publish(`agents/${appId}`, { appId, status: "online" });
      await broker.publish("agents/qa-tester", { appId: "qa-tester", status: "offline" });
      const task = { id: "b7d1c0de", agent: "simple-agent", capability: "general-query" };
      await broker.publish("tasks/b7d1c0de", { ...task, state: "dispatched" });
      await tab.waitForSelector("#tasks-b7d1c0de .state.dispatched");
      await broker.publish("tasks/b7d1c0de", { ...task, state: "completed" });
      await tab.waitForSelector("#tasks-b7d1c0de .state.completed");
      const other = { id: "a11ce5ed", agent: "architect-agent", capability: "consult", state: "dispatched" };
      await broker.publish("tasks/a11ce5ed", other);
      await tab.waitForSelector("#tasks-a11ce5ed");
      assert.equal(await tab.textContent("#agent-count"), "5");
      await tab.screenshot({ path: join(artifacts, "dashboard.png") });
    });
  });

  test("connects elsewhere after a start with another address, with the same built page", async () => {
    const [first, second] = brokers;
    assert.ok(first && second);
    await first.publish("tasks/first", { id: "first", agent: "a", capability: "c", state: "completed" });
    await second.publish("tasks/second", { id: "second", agent: "a", capability: "c", state: "completed" });
    await showing(second.url, async (tab) => {
      await tab.waitForSelector("#tasks-second");
      assert.equal(await tab.textContent("#address"), second.url);
      assert.equal(await tab.locator("#tasks-first").count(), 0, "and no longer where it did before");
    });
  });

  test("says when nobody answers at the address", async () => {
    const gone = await startBroker();
    await gone.close();
    await showing(gone.url, async (tab) => {
      await tab.waitForSelector("#state.disconnected");
    });
  });

  test("shows the sandbox's board with its cards in the columns of their status", async () => {
    const github = await testGitHub();
    try {
      const inputs = await boardInputs(github, "gwa-test-app");
      const { outs } = await create(inputs);
      const board = outs as { projectId: string; statusFieldId: string };
      const cards = {
        Todo: "Dark mode",
        Planning: "Add tags to bookmarks",
        "In Progress": "Export as HTML",
        Done: "Health page",
      };
      const options = await statusOptions(github, board.projectId);
      for (const [status, title] of Object.entries(cards)) {
        const issue = await github.rest<{ node_id: string }>("POST", "/repos/bto-labs/gwa-test-app/issues", {
          title,
        });
        const added = await github.graphql<{ addProjectV2ItemById: { item: { id: string } } }>(
          "mutation($p:ID!,$c:ID!){addProjectV2ItemById(input:{projectId:$p,contentId:$c}){item{id}}}",
          { p: board.projectId, c: issue.node_id },
        );
        await github.graphql(
          "mutation($p:ID!,$i:ID!,$f:ID!,$o:String!){updateProjectV2ItemFieldValue(input:{projectId:$p,itemId:$i,fieldId:$f,value:{singleSelectOptionId:$o}}){projectV2Item{id}}}",
          {
            p: board.projectId,
            i: added.addProjectV2ItemById.item.id,
            f: board.statusFieldId,
            o: options[status],
          },
        );
      }
      const tab = await browser.newPage({ viewport: { width: 2020, height: 300 } });
      await tab.goto(`${github.url}/orgs/bto-labs/projects/1`);
      const sections = await tab.locator("section.column").all();
      const columns = await Promise.all(
        sections.map(async (section) => [
          ((await section.locator("h2").textContent()) ?? "").replace(/\d+$/, ""),
          ...(await section.locator("article strong").allTextContents()),
        ]),
      );
      assert.deepEqual(columns, [
        ["Todo", "Dark mode"],
        ["Planning", "Add tags to bookmarks"],
        ["In Progress", "Export as HTML"],
        ["QA"],
        ["Review"],
        ["Done", "Health page"],
        ["Blocked"],
      ]);
      await tab.screenshot({ path: join(artifacts, "board.png") });
      await tab.close();
    } finally {
      await github.close();
    }
  });

  type Tab = Awaited<ReturnType<Browser["newPage"]>>;
  async function showing(address: string, use: (tab: Tab) => Promise<void>): Promise<void> {
    const nginx = await startNginx(page, {
      VITE_MQTT_URL: address,
      VITE_ONBOARDING_URL: "https://mesh-six.bto.bar",
    });
    const tab = await browser.newPage({ viewport });
    try {
      await tab.goto(nginx.url);
      await use(tab);
    } finally {
      await tab.close();
      await nginx.stop();
    }
  }
});

/** Ids of the board's Status options by name, asked of GitHub itself. */
async function statusOptions(
  github: { graphql<T>(query: string, variables?: Record<string, unknown>): Promise<T> },
  project: string,
): Promise<Record<string, string>> {
  const { node } = await github.graphql<{
    node: { field: { options: readonly { id: string; name: string }[] } };
  }>(
    'query($p:ID!){node(id:$p){... on ProjectV2{field(name:"Status"){... on ProjectV2SingleSelectField{options{id name}}}}}}',
    { p: project },
  );
  return Object.fromEntries(node.field.options.map(({ id, name }) => [name, id]));
}
