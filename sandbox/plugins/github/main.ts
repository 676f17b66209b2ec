import { serve } from "../protocol/server.ts";
import { targetPlugin } from "../protocol/targetPlugin.ts";
import { Account } from "./account.ts";
import { organizationWebhooks } from "./organizationWebhook.ts";
import { repositories } from "./repository.ts";

/** Stands in for Pulumi's github plugin: repositories and organization webhooks, with its inputs, outputs and ids. */
const plugin = targetPlugin("github", (settings) => new Account(settings), {
  "github:index/organizationWebhook:OrganizationWebhook": organizationWebhooks,
  "github:index/repository:Repository": repositories,
});

await serve(plugin);
