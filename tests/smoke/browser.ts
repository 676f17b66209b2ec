import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Check, CheckFailure, CheckSkipped } from "../live/check.ts";
import { poll } from "../live/poll.ts";
import { brief } from "../live/values.ts";
import { listedAgents } from "./judge/tasks.ts";
import { dispatch, type System } from "./system.ts";

/** M4 in a browser: the page's scripts run, and what is published over MQTT is to be seen. */
export const dashboardInBrowser = (system: System, browser: string): Check => ({
  milestone: "M4 browser",
  expected: "the dashboard to list agents in a browser, and to show a task when it is dispatched",
  services: ["dashboard", "orchestrator"],
  async look() {
    const executablePath = browser === "" ? await browserOnPath() : browser;
    if (executablePath === undefined) {
      throw new CheckSkipped("no chromium or google-chrome on PATH; --browser PATH names one");
    }
    const url = await system.services.address("dashboard");
    const started = await start(executablePath);
    const stop = () => void started.close();
    system.signal.addEventListener("abort", stop);
    try {
      return await watch(system, await views(started, url));
    } finally {
      system.signal.removeEventListener("abort", stop);
      await started.close();
    }
  },
});

/** Sees on one of the pages an agent that the orchestrator lists, then a task of this run. */
async function watch(system: System, pages: readonly Page[]): Promise<string> {
  const visible = async () => (await Promise.all(pages.map(textOf))).join(" ");
  const waitFor = async (what: string, limit: number, words: readonly string[]) => {
    const look = async () => {
      const text = await visible();
      const shown = words.filter((word) => text.includes(word)).length;
      return shown > 0 ? { done: shown } : { seen: text };
    };
    const result = await poll(look, { every: 500, limit, signal: system.signal });
    if ("done" in result) return result.done;
    throw new CheckFailure(
      `${what} within ${String(limit / 1000)} s at ${pages.map((page) => new URL(page.url()).pathname).join(", ")}: “${brief(result.seen)}”`,
    );
  };
  const { json, text } = await system.services.ask("orchestrator", { path: "/agents" });
  const agents = listedAgents(json).map(({ appId }) => appId);
  if (agents.length === 0) {
    const services = ["orchestrator"];
    throw new CheckFailure(`the orchestrator lists no agent that could be shown: ${brief(text)}`, {
      services,
    });
  }
  // Each agent's registration is published with its heartbeat, twice a minute.
  const shown = await waitFor("none of the orchestrator's agents is shown", 45_000, agents);
  const { taskId } = await dispatch(system, {
    capability: "general-query",
    payload: { query: "Is this to be seen on the dashboard?", userId: `${system.run}-onlooker` },
    timeout: 30,
  });
  await waitFor(`task ${taskId} is not shown`, 30_000, [taskId.slice(0, 8)]);
  return `${String(shown)} of ${String(agents.length)} agents and task ${taskId} are shown`;
}

/** The start page and those it links to: agents and tasks may have a page each. */
async function views(browser: Browser, url: string): Promise<readonly Page[]> {
  const first = await open(browser, `${url}/`);
  const links = await first.locator('a[href^="/"]').all();
  const paths = await Promise.all(links.map((link) => link.getAttribute("href")));
  const others = [...new Set(paths)].filter((path) => path !== null && path !== "/").slice(0, 5);
  return [first, ...(await Promise.all(others.map((path) => open(browser, `${url}${path ?? ""}`))))];
}

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  const answer = await page.goto(url, { waitUntil: "load" }).catch((cause: unknown) => {
    throw new CheckFailure(`the browser could not load the page: ${firstLine(cause)}`, { cause });
  });
  const path = new URL(url).pathname;
  if (answer?.ok() !== true) throw new CheckFailure(`the browser got ${String(answer?.status())} at ${path}`);
  const look = async () => ((await textOf(page)) === "" ? { seen: "" } : { done: true });
  const result = await poll(look, { every: 200, limit: 10_000 });
  if ("seen" in result) throw new CheckFailure(`the page at ${path} stayed empty: its scripts do not run`);
  return page;
}

/** The text that a reader sees. */
async function textOf(page: Page): Promise<string> {
  return (await page.locator("body").innerText()).trim();
}

async function start(executablePath: string): Promise<Browser> {
  try {
    return await chromium.launch({
      executablePath,
      args: [
        "--disable-gpu",
        "--no-first-run",
        // Chromium's own sandbox wants a user that is not root.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
      // The suite itself ends in an orderly manner.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (cause) {
    throw new CheckFailure(`${executablePath} does not start: ${firstLine(cause)}`, { cause });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

async function browserOnPath(): Promise<string | undefined> {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
