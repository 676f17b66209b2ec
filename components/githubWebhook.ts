import { OrganizationWebhook } from "@pulumi/github/organizationWebhook.js";
import * as pulumi from "@pulumi/pulumi";
import { WebhookPing } from "../providers/webhookPing/resource.ts";

export interface GitHubWebhookArgs {
  readonly organization: string;
  /** The address that GitHub delivers to. */
  readonly url: string;
  /** Signs the deliveries; the receiver has the same. */
  readonly secret: pulumi.Input<string>;
  /** Number of a webhook to take over, which is there already; empty to make one. One run is enough. */
  readonly adoptId: string;
  /** Delete the webhook with the stack; one that was taken over is never deleted (providers/webhookPing). */
  readonly deleteOnDestroy: boolean;
}

/**
 * The organization's webhook for board events: GitHub delivers `projects_v2_item` to organization webhooks only.
 *
 * After the webhook is made, GitHub's ping to it is looked up and reported. Events that the receiver rejects are seen
 * by a refresh, and sent again by the next update.
 *
 * @example
 * new GitHubWebhook("webhook", {
 *   organization: "bto-labs", url: "https://mesh-six.example.com/webhooks/github", secret,
 *   adoptId: "", deleteOnDestroy: false,
 * }, { provider });
 */
export class GitHubWebhook extends pulumi.ComponentResource {
  /** Number of the webhook. */
  readonly hookId: pulumi.Output<string>;
  /** Outcome of the ping, as in `answered 200`. */
  readonly ping: pulumi.Output<string>;

  constructor(name: string, args: GitHubWebhookArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:GitHubWebhook", name, {}, opts);
    const stays = args.adoptId !== "" || !args.deleteOnDestroy;
    const hook = new OrganizationWebhook(
      `${name}-organization`,
      {
        active: true,
        events: ["projects_v2_item"],
        configuration: {
          url: args.url,
          contentType: "json",
          insecureSsl: false,
          secret: pulumi.secret(args.secret),
        },
      },
      {
        parent: this,
        retainOnDelete: stays,
        ...(args.adoptId === "" ? {} : { import: args.adoptId }),
      },
    );
    const ping = new WebhookPing(
      `${name}-ping`,
      {
        organization: args.organization,
        hookId: hook.id,
        url: args.url,
        stays,
        secret: args.secret,
        ...(args.adoptId === "" ? {} : { adopted: true }),
      },
      { parent: this },
    );
    this.hookId = hook.id;
    this.ping = ping.outcome;
    this.registerOutputs({ hookId: this.hookId, ping: this.ping });
  }
}
