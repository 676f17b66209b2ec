import type { ExistingWebhook } from "../../../lib/github/existing.ts";

/** Others in the organization that get the events of this stack's boards: a second stack's receiver, for one. */
export function listeners(hooks: readonly Omit<ExistingWebhook, "created_at">[], own: string): string[] {
  const others = hooks.filter(
    ({ events = [], config }) =>
      config.url !== own && (events.includes("projects_v2_item") || events.includes("*")),
  );
  if (others.length === 0) return [];
  // The part after the path may be a secret.
  const places = others.map(
    ({ id, config }) => `number ${id} to ${(config.url ?? "").replace(/[?#].*$/, "")}`,
  );
  return [`the boards' events go to ${places.join(", ")} too`];
}
