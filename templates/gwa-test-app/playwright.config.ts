import { defineConfig } from "@playwright/test";

/** Where the app runs. Without BASE_URL the tests start one of their own, on an empty database. */
const deployed = process.env.BASE_URL;
const port = process.env.PORT ?? "3000";
const baseURL = deployed ?? `http://localhost:${port}`;

export default defineConfig({
  testDir: "tests",
  reporter: "list",
  use: { baseURL },
  webServer: deployed
    ? undefined
    : { command: "bun src/index.ts", url: `${baseURL}/readyz`, env: { PORT: port, DB_PATH: ":memory:" } },
});
