import { execFile } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { type Check, CheckFailure, CheckSkipped } from "../live/check.ts";
import { isReady } from "../live/cluster.ts";
import { brief } from "../live/values.ts";
import { isPage, visibleText } from "./judge/page.ts";
import type { System } from "./system.ts";

/** M4: the dashboard is served, also under an address of its own making, and the bridge to MQTT is up. */
export const dashboard = (system: System): Check => ({
  milestone: "M4",
  expected: "the dashboard's page at every path, ok at /healthz, and claude-mqtt-bridge to be up",
  services: ["dashboard", "claude-mqtt-bridge"],
  async look() {
    const services = ["dashboard"];
    for (const path of ["/", `/${system.run}/no/such/file`]) {
      const page = await system.services.ask("dashboard", { path });
      if (page.status !== 200 || !isPage(page.text)) {
        throw new CheckFailure(`GET ${path} gave ${String(page.status)}: ${brief(page.text)}`, { services });
      }
    }
    const health = await system.services.ask("dashboard", { path: "/healthz" });
    if (health.status !== 200 || !/^\s*ok\s*$/i.test(health.text)) {
      throw new CheckFailure(`GET /healthz gave ${String(health.status)}: ${brief(health.text)}`, {
        services,
      });
    }
    const { pods } = await system.cluster.podsOf("claude-mqtt-bridge");
    if (!pods.some(isReady)) {
      throw new CheckFailure(`claude-mqtt-bridge has no pod that is ready (${String(pods.length)} in all)`, {
        services: ["claude-mqtt-bridge"],
      });
    }
    return "the page, /healthz and the bridge are there";
  },
});

/** M4 in a browser: the page's scripts run and show something. */
export const dashboardInBrowser = (system: System, browser: string): Check => ({
  milestone: "M4 browser",
  expected: "the dashboard to show something in a browser",
  services: ["dashboard"],
  async look() {
    const command = browser === "" ? await browserOnPath() : browser;
    if (command === undefined) {
      throw new CheckSkipped("no chromium or google-chrome on PATH; --browser PATH names one");
    }
    const text = visibleText(await load(command, await system.services.address("dashboard")));
    if (text === "") throw new CheckFailure("the page stayed empty: its scripts do not run");
    return `“${brief(text, 80)}”`;
  },
});

/** The document after its scripts have run. */
async function load(command: string, url: string): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), "mesh-six-browser-"));
  const options = [
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    `--user-data-dir=${profile}`,
    "--virtual-time-budget=5000",
    // Chromium's own sandbox wants a user that is not root.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--dump-dom",
    `${url}/`,
  ];
  try {
    const { stdout } = await promisify(execFile)(command, options, { timeout: 60_000 });
    return stdout;
  } catch (cause) {
    throw new CheckFailure(`${command} could not load the page: ${brief((cause as Error).message)}`, {
      cause,
    });
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
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
