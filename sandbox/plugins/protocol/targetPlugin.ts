import type { Plugin, ResourceType } from "./plugin.ts";
import { refusal } from "./server.ts";
import { containsUnknown, type Properties } from "./values.ts";
import { versionOf } from "./version.ts";

/** A server that a plugin works on, or an account there. */
interface Target {
  /** @throws where the stand-in must not write to it */
  guard(): void;
}

/**
 * A plugin of which every resource lies on the one target that its settings name.
 *
 * @param connect - by the settings; asks the target nothing
 * @param types - by their tokens
 */
export function targetPlugin<T extends Target>(
  name: string,
  connect: (settings: Properties) => T,
  types: Readonly<Record<string, (target: T) => ResourceType>>,
): Plugin {
  let target: T | undefined;
  const plugin: Plugin = {
    name,
    version: versionOf(name),
    configure: (settings) => {
      target = connect(settings);
      // In a preview the target may be one that this very program makes; then nothing is asked of it.
      if (!containsUnknown(settings)) target.guard();
    },
    resourceType: (token) => {
      const type = types[token];
      if (!type) throw new Error(refusal(plugin, `${token} (only ${Object.keys(types).join(", ")})`));
      if (!target) throw new Error(`${name}: expected to be configured before its first use`);
      return type(target);
    },
  };
  return plugin;
}
