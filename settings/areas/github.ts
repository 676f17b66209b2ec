import * as z from "zod";
import { flag, integer, name, secretText, structures, text } from "../declaration.ts";
import { githubAddress, optionalUrl, organization } from "../formats.ts";
import { repositories } from "../repositories.ts";

/** Repositories, boards and the webhook. */
export const githubSettings = {
  githubBaseUrl: text("GitHub Enterprise, NAME.ghe.com or an emulator; empty for github.com", "", {
    schema: githubAddress,
    example: "https://github.example.com/",
  }),
  githubOrganization: name("Organization that owns repositories, boards and the webhook", "bto-labs", {
    schema: organization,
  }),
  githubToken: secretText(
    "Token for repositories, boards and the organization's webhook; used by Pulumi and the end-to-end test only",
  ),
  githubBackoffSeconds: integer("First wait after GitHub's secondary rate limit, in seconds", 60, {
    min: 1,
    max: 3600,
  }),
  githubWriteDelayMs: integer("Pause between two writes to GitHub, in milliseconds", 1000, {
    min: 0,
    max: 60000,
  }),
  githubRetain: flag("Keep repositories, boards and the webhook when the stack is destroyed", true),
  githubWebhook: flag("Declare the organization's webhook for board events", true),
  githubWebhookUrl: text("Address GitHub delivers to; empty for https://INGRESS_HOST/webhooks/github", "", {
    schema: optionalUrl("http", "https"),
    example: "https://mesh-six.bto.bar/webhooks/github",
  }),
  githubWebhookId: text("Number of a webhook to take over that is there already; empty to make one", "", {
    schema: z.string().regex(/^\d*$/, { error: "a number" }),
    example: "12345678",
  }),
  repositories: structures(
    "Repositories with their boards and registry rows (docs/settings.md)",
    repositories,
    [
      {
        name: "gwa-test-app",
        description: "Bookmarks manager — mesh-six E2E test fixture",
        template: "gwa-test-app",
        deployUrl: "https://test-app.bto.bar",
      },
    ],
  ),
  receiverBoard: text(
    "Repository whose board's ids the webhook receiver and the project manager get; empty for the first",
    "",
  ),
};
