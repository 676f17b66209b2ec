import type { Plugin, ResourceType } from "../protocol/plugin.ts";
import { refusal, serve } from "../protocol/server.ts";
import { containsUnknown } from "../protocol/values.ts";
import { versionOf } from "../protocol/version.ts";
import { Account } from "./account.ts";
import { organizationWebhooks } from "./organizationWebhook.ts";
import { repositories } from "./repository.ts";

const TYPES: Record<string, (account: Account) => ResourceType> = {
  "github:index/organizationWebhook:OrganizationWebhook": organizationWebhooks,
  "github:index/repository:Repository": repositories,
};

let account: Account | undefined;

/** Stands in for Pulumi's github plugin: repositories and organization webhooks, with its inputs, outputs and ids. */
const plugin: Plugin = {
  name: "github",
  version: versionOf("github"),
  configure: (settings) => {
    account = new Account(settings);
    if (!containsUnknown(settings)) account.guard();
  },
  resourceType: (token) => {
    const type = TYPES[token];
    if (!type) throw new Error(refusal(plugin, `${token} (only ${Object.keys(TYPES).join(", ")})`));
    if (!account) throw new Error("github: expected to be configured before its first use");
    return type(account);
  },
};

await serve(plugin);
