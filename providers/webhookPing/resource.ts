import type * as pulumi from "@pulumi/pulumi";
import type { PingInputs } from "./provider.ts";
import { LateBoundResource } from "../shell.ts";

/** The inputs, any of which may come from another resource. */
export type WebhookPingArgs = {
  readonly [K in Exclude<keyof PingInputs, "adopted">]-?: pulumi.Input<Exclude<PingInputs[K], undefined>>;
} & Pick<PingInputs, "adopted">;

/**
 * The outcome of the ping that GitHub sends to a new webhook: looked up once, when the webhook was made. A refresh
 * looks for events that the receiver rejected, and an update sends them again.
 */
export class WebhookPing extends LateBoundResource {
  declare readonly outcome: pulumi.Output<string>;

  constructor(name: string, args: WebhookPingArgs, options?: pulumi.CustomResourceOptions) {
    super("webhookPing", "WebhookPing", name, { ...args, outcome: undefined }, ["secret"], options);
  }
}
